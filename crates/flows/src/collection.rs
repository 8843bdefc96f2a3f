/// Implements `TensorCollection` for a flow of parts that are collections themselves:
/// `collection!([N: ConstDim, C: ConstDim] Affine<N, C> { log_scale, shift });`
macro_rules! collection {
    ([$($generics:tt)*] $Name:ident<$($N:ident),*> { $($field:ident),* }) => {
        impl<$($generics)*, E: vae_ops::Real, D: dfdx::prelude::Device<E>>
            dfdx::prelude::TensorCollection<E, D> for $Name<$($N,)* E, D>
        {
            type To<E2: dfdx::prelude::Dtype, D2: dfdx::prelude::Device<E2>> =
                $Name<$($N,)* E2, D2>;

            fn iter_tensors<V: dfdx::prelude::ModuleVisitor<Self, E, D>>(
                visitor: &mut V,
            ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
                visitor.visit_fields(
                    ($(Self::module(stringify!($field), |s| &s.$field, |s| &mut s.$field),)*),
                    |($($field,)*)| $Name { $($field),* },
                )
            }
        }
    };
}

/// Likewise for a flow without parameters: `without_parameters!([N: ConstDim] Reverse<N>);`
macro_rules! without_parameters {
    ([$($generics:tt)*] $Name:ty) => {
        impl<$($generics)*, E: dfdx::prelude::Dtype, D: dfdx::prelude::Device<E>>
            dfdx::prelude::TensorCollection<E, D> for $Name
        {
            type To<E2: dfdx::prelude::Dtype, D2: dfdx::prelude::Device<E2>> = Self;

            fn iter_tensors<V: dfdx::prelude::ModuleVisitor<Self, E, D>>(
                visitor: &mut V,
            ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
                visitor.visit_fields((), |()| Self::default())
            }
        }
    };
}

pub(crate) use {collection, without_parameters};

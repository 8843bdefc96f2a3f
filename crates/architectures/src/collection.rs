/// Implements `TensorCollection` for a struct of parts that are collections themselves, one type parameter each or several
/// of one; after the semicolon, the values that other fields start with.
///
/// ```ignore
/// collection!(ConditionalNormal<Body, Head> { body, mean, log_var });
/// ```
macro_rules! collection {
    ($Name:ident<$($Part:ident),*> { $($field:ident),* $(; $($other:ident: $start:expr),*)? }) => {
        impl<E, D, $($Part),*> dfdx::prelude::TensorCollection<E, D> for $Name<$($Part),*>
        where
            E: dfdx::prelude::Dtype,
            D: dfdx::prelude::Device<E>,
            $($Part: dfdx::prelude::TensorCollection<E, D>),*
        {
            type To<E2: dfdx::prelude::Dtype, D2: dfdx::prelude::Device<E2>> =
                $Name<$($Part::To<E2, D2>),*>;

            fn iter_tensors<V: dfdx::prelude::ModuleVisitor<Self, E, D>>(
                visitor: &mut V,
            ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
                visitor.visit_fields(
                    ($(Self::module(stringify!($field), |s| &s.$field, |s| &mut s.$field),)*),
                    |($($field,)*)| $Name { $($field,)* $($($other: $start,)*)? },
                )
            }
        }
    };
}

pub(crate) use collection;

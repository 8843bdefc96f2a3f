/// A layer without parameters is a collection of no tensors: `without_parameters!([V: Event, F: Activation] Activate<V, F>)`.
macro_rules! without_parameters {
    ([$($generics:tt)*] $Layer:ty) => {
        impl<$($generics)*, E: dfdx::prelude::Dtype, D: dfdx::prelude::Device<E>>
            dfdx::prelude::TensorCollection<E, D> for $Layer
        {
            type To<E2: dfdx::prelude::Dtype, D2: dfdx::prelude::Device<E2>> = Self;

            fn iter_tensors<Visitor: dfdx::prelude::ModuleVisitor<Self, E, D>>(
                visitor: &mut Visitor,
            ) -> Result<Option<Self::To<Visitor::E2, Visitor::D2>>, Visitor::Err> {
                visitor.visit_fields((), |()| Self::default())
            }
        }
    };
}

pub(crate) use without_parameters;

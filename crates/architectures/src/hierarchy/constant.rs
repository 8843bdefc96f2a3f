use dfdx::nn::ViewTensorRef;
use dfdx::prelude::{Cpu, Device, RecursiveWalker, Shape, Tensor, TensorCollection};
use dfdx::prelude::{TensorOptions, TensorVisitor};
use vae_ops::{Real, stop_gradient};

/// A network with the same parameters, as constants: gradients that get to them go nowhere.
pub(super) fn constant<E: Real, M>(network: &M) -> M
where
    M: TensorCollection<E, Cpu, To<E, Cpu> = M>,
    Cpu: Device<E>,
{
    let Ok(copy) = M::iter_tensors(&mut RecursiveWalker {
        m: network,
        f: &mut Copy,
    });
    copy.expect("every tensor was copied")
}

struct Copy;

impl<E: Real> TensorVisitor<E, Cpu> for Copy
where
    Cpu: Device<E>,
{
    type Viewer = ViewTensorRef;
    type Err = std::convert::Infallible;
    type E2 = E;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, E, Cpu>,
        tensor: &Tensor<S, E, Cpu>,
    ) -> Result<Option<Tensor<S, E, Cpu>>, Self::Err> {
        Ok(Some(stop_gradient(tensor)))
    }
}

use crate::{Prior, StandardNormal};
use dfdx::prelude::{Const, Device, Dtype, HasShape, ModuleVisitor, TensorCollection};
use vae_flows::{Flow, no_context};
use vae_ops::{Batch, PerExample, Real, Record, formula};
use vae_reparam::Noise;

/// The distribution of z = f(ε), ε ~ N(0, I), of a flow f that is learned with the model (Chen et al. 2017):
/// p(z) = N(f⁻¹(z); 0, I) |det ∂f⁻¹/∂z|. Training takes the inverse, so it should be fast: couplings and
/// [`Maf`](vae_flows::Maf).
///
/// ```
/// use dfdx::prelude::{BuildModule, Const, Cpu};
/// use vae_flows::{Chain, RealNvp, Reverse};
/// use vae_priors::{FlowPrior, Prior};
/// use vae_reparam::Noise;
///
/// type Z = Const<8>;
/// type P = FlowPrior<Chain<(RealNvp<Z, Const<64>>, Reverse<Z>), 4>>;
/// let prior: P = BuildModule::<Cpu, f32>::build(&Cpu::seed_from_u64(0));
/// assert_eq!(prior.sample(3, Noise::new(0, "prior")).as_vec().len(), 3 * 8);
/// ```
#[derive(Clone, Debug)]
pub struct FlowPrior<F> {
    /// f, from noise to code.
    pub flow: F,
}

impl<E: Real, F: Flow<E, Context = Const<0>>> Prior<E> for FlowPrior<F> {
    type Latent = F::Event;

    fn log_prob<T: Record<E>>(&self, z: &Batch<F::Event, E, T>) -> PerExample<E, T> {
        let (noise, log_det) = self.flow.inverse(z, &no_context(z.shape().0));
        let of_noise = StandardNormal::default().log_prob(&noise);
        formula([of_noise, log_det], |[p, d]| p + d)
    }

    fn sample(&self, count: usize, noise: Noise) -> Batch<F::Event, E> {
        let noise = StandardNormal::default().sample(count, noise);
        self.flow.forward(&noise, &no_context(count)).0
    }
}

impl<E: Dtype, D: Device<E>, F: TensorCollection<E, D>> TensorCollection<E, D> for FlowPrior<F> {
    type To<E2: Dtype, D2: Device<E2>> = FlowPrior<F::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(Self::module("flow", |s| &s.flow, |s| &mut s.flow), |flow| {
            FlowPrior { flow }
        })
    }
}

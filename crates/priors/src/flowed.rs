use crate::{Posterior, Prior};
use dfdx::prelude::{Cpu, Device, RecursiveWalker, Shape, Tensor, TensorCollection};
use dfdx::prelude::{TensorOptions, TensorVisitor, ViewTensorRef};
use std::convert::Infallible;
use vae_distributions::{Density, Normal};
use vae_flows::Flow;
use vae_ops::{Batch, PerExample, Real, Record, formula, repeat, stop_gradient};
use vae_reparam::{Noise, Parameters, Rsample};

/// The distribution of z = f(u; c), u ~ N(μ, diag σ²): a normal posterior bent by a flow (Rezende & Mohamed 2015), with a context c
/// for each example.
///
/// ln q(z|x) = ln N(u; μ, σ²) − ln |det ∂f/∂u|. Where z is a sample, u is known; the density of any other z takes the
/// inverse of f, which may be slow.
#[derive(Clone, Debug)]
pub struct Flowed<F: Flow<E>, E: Real, T: Record<E>> {
    /// Of u.
    pub base: Normal<F::Event, E, T>,
    /// c, shape (B, C).
    pub context: Batch<F::Context, E, T>,
    /// f
    pub flow: F,
}

impl<E: Real, T: Record<E>, F: Flow<E>> Rsample<F::Event, E, T> for Flowed<F, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<F::Event, E, T> {
        self.flow
            .forward(&self.base.rsample(noise), &self.context)
            .0
    }
}

impl<E: Real, T: Record<E>, F: Flow<E>> Density<F::Event, E, T> for Flowed<F, E, T> {
    fn log_prob(&self, z: &Batch<F::Event, E, T>) -> PerExample<E, T> {
        let (u, log_det) = self.flow.inverse(z, &self.context);
        formula([self.base.log_prob(&u), log_det], |[q, d]| q + d)
    }
}

impl<E: Real, T: Record<E>, F: Flow<E> + Clone> Parameters for Flowed<F, E, T>
where
    F: TensorCollection<E, Cpu, To<E, Cpu> = F>,
    Cpu: Device<E>,
{
    fn repeat(&self, times: usize) -> Self {
        Self {
            base: self.base.repeat(times),
            context: repeat(self.context.clone(), times),
            flow: self.flow.clone(),
        }
    }

    fn detach(&self) -> Self {
        Self {
            base: self.base.detach(),
            context: stop_gradient(&self.context),
            flow: constants(&self.flow),
        }
    }
}

impl<E: Real, T: Record<E>, F: Flow<E> + Clone> Posterior<F::Event, E, T> for Flowed<F, E, T>
where
    F: TensorCollection<E, Cpu, To<E, Cpu> = F>,
    Cpu: Device<E>,
{
    /// Where the flow takes μ.
    fn center(&self) -> Batch<F::Event, E, T> {
        self.flow.forward(&self.base.mean, &self.context).0
    }

    fn rsample_and_log_prob(&self, noise: Noise) -> (Batch<F::Event, E, T>, PerExample<E, T>) {
        let u = self.base.rsample(noise);
        let (z, log_det) = self.flow.forward(&u, &self.context);
        let log_q = formula([self.base.log_prob(&u), log_det], |[q, d]| q - d);
        (z, log_q)
    }

    fn rsample_and_kl<P: Prior<E, Latent = F::Event>>(
        &self,
        prior: &P,
        noise: Noise,
    ) -> (Batch<F::Event, E, T>, PerExample<E, T>) {
        let (z, log_q) = self.rsample_and_log_prob(noise);
        let kl = formula([log_q, prior.log_prob(&z)], |[q, p]| q - p);
        (z, kl)
    }
}

/// The same parameters, to which no gradient gets: other tensors with the same numbers.
fn constants<E: Real, F: TensorCollection<E, Cpu, To<E, Cpu> = F>>(of: &F) -> F
where
    Cpu: Device<E>,
{
    let Ok(copy) = F::iter_tensors(&mut RecursiveWalker {
        m: of,
        f: &mut Copies,
    });
    copy.expect("a copy of each tensor")
}

struct Copies;

impl<E: Real> TensorVisitor<E, Cpu> for Copies
where
    Cpu: Device<E>,
{
    type Viewer = ViewTensorRef;
    type Err = Infallible;
    type E2 = E;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, E, Cpu>,
        tensor: &Tensor<S, E, Cpu>,
    ) -> Result<Option<Tensor<S, E, Cpu>>, Infallible> {
        Ok(Some(stop_gradient(tensor)))
    }
}

use super::soft_clamp::soft_clamp;
use crate::collection::collection;
use crate::summary::summarize;
use crate::{Encoder, Layer, Linear, Width};
use dfdx::prelude::{Cpu, Device, TensorCollection};
use vae_distributions::Normal;
use vae_flows::Flow;
use vae_ops::{Batch, Identity, Real, Record};
use vae_priors::Flowed;

/// q(z|x) of z = f(u; c(x)), u ~ N(μ(x), diag σ²(x)): a body, linear heads for μ, ln σ² and the context c of a flow `F` (Rezende &
/// Mohamed 2015; Kingma et al. 2016).
///
/// ```
/// use dfdx::prelude::{BuildModule, Const, Cpu};
/// use vae_architectures::{Encoder, FlowEncoder, Mlp};
/// use vae_flows::{Chain, Iaf, Reverse};
///
/// type X = Const<784>;
/// type Z = Const<8>;
/// type C = Const<32>;
/// type Flow = Chain<(Iaf<Z, Const<64>, C>, Reverse<Z, C>), 2>;
/// type Q = FlowEncoder<Mlp<X, Const<100>>, Z, C, Flow>;
/// let encoder: Q = BuildModule::<Cpu, f32>::build(&Cpu::seed_from_u64(0));
/// ```
pub type FlowEncoder<Body, Z, C, F, E = f32> = ConditionalFlow<
    Body,
    Linear<<Body as Layer<E>>::Output, Z, Identity, E>,
    Linear<<Body as Layer<E>>::Output, C, Identity, E>,
    F,
>;

/// A normal distribution bent by a flow, its parameters and the context of the flow functions of the input.
#[derive(Clone, Debug)]
pub struct ConditionalFlow<Body, Head, Context, F> {
    /// What all heads look at.
    pub body: Body,
    /// To μ.
    pub mean: Head,
    /// To ln σ², kept within ±14 as that of a [`ConditionalNormal`](crate::ConditionalNormal) is.
    pub log_var: Head,
    /// To c.
    pub context: Context,
    /// f
    pub flow: F,
}

collection!(ConditionalFlow<Body, Head, Context, F> { body, mean, log_var, context, flow });

impl<E, Body, Head, Context, F> Encoder<E> for ConditionalFlow<Body, Head, Context, F>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
    Context: Layer<E, Input = Body::Output, Output: Width>,
    F: Flow<E, Event = Head::Output, Context = Context::Output>
        + TensorCollection<E, Cpu, To<E, Cpu> = F>
        + Clone,
    Cpu: Device<E>,
{
    type Input = Body::Input;
    type Latent = Head::Output;
    type Posterior<T: Record<E>> = Flowed<F, E, T>;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T> {
        let features = self.body.forward(x);
        Flowed {
            base: Normal {
                mean: self.mean.forward(features.clone()),
                log_var: soft_clamp(self.log_var.forward(features.clone())),
            },
            context: self.context.forward(features),
            flow: self.flow.clone(),
        }
    }

    fn input(&self) -> Self::Input {
        self.body.input()
    }

    summarize!(body, mean, log_var, context);
}

use crate::collection::collection;
use crate::summary::summarize;
use crate::{Encoder, Layer, Linear, Width};
use dfdx::prelude::{BroadcastTo, Const, HasShape, ReshapeTo};
use vae_distributions::VonMisesFisher;
use vae_ops::{Batch, Identity, Real, Record, formula, sum_formula};

/// q(z|x) = vMF(μ(x), κ(x)) on the unit sphere (Davidson et al. 2018): a body, then a linear head whose output, divided by its norm, is μ,
/// and one for κ = 1 + ln(1 + eˣ). The prior to go with it is [`SphericalUniform`](vae_priors::SphericalUniform).
pub type SphericalEncoder<Body, Z, E = f32> = ConditionalVonMisesFisher<
    Body,
    Linear<<Body as Layer<E>>::Output, Z, Identity, E>,
    Linear<<Body as Layer<E>>::Output, Const<1>, Identity, E>,
>;

/// A von Mises–Fisher distribution whose parameters are a function of the input.
#[derive(Clone, Debug)]
pub struct ConditionalVonMisesFisher<Body, Head, Spread> {
    /// What both heads look at.
    pub body: Body,
    /// To μ, before it is divided by its norm.
    pub loc: Head,
    /// To κ, before it is made more than 1.
    pub concentration: Spread,
}

collection!(ConditionalVonMisesFisher<Body, Head, Spread> { body, loc, concentration });

impl<E, Body, Head, Spread> Encoder<E> for ConditionalVonMisesFisher<Body, Head, Spread>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
    Spread: Layer<E, Input = Body::Output, Output = Const<1>>,
{
    type Input = Body::Input;
    type Latent = Head::Output;
    type Posterior<T: Record<E>> = VonMisesFisher<Self::Latent, E, T>;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T> {
        let features = self.body.forward(x);
        let loc = self.loc.forward(features.clone());
        let concentration = self.concentration.forward(features);
        let (shape, batch) = (*loc.shape(), (loc.shape().0,));
        let square_norm = sum_formula([loc.clone()], |[x]| x.square()).broadcast_like(&shape);
        VonMisesFisher {
            loc: formula([loc, square_norm], |[x, square]| x / square.sqrt()),
            concentration: formula([concentration.reshape_like(&batch)], |[x]| {
                1.0 + x.softplus()
            }),
        }
    }

    fn input(&self) -> Self::Input {
        self.body.input()
    }

    summarize!(body, loc, concentration);
}

use super::constant::constant;
use crate::ConditionalNormal;
use crate::Rows;
use crate::collection::collection;
use crate::heads::soft_clamp::soft_clamp;
use crate::summary::summarize;
use crate::{At, Decoder, EventBatch, Hierarchy, LatentModel, Layer, Linear, TopDown, Width};
use dfdx::prelude::{Cpu, Device, TensorCollection};
use vae_distributions::{Density, KlTo, Normal};
use vae_ops::{Batch, Identity, PerExample, Real, Record};
use vae_priors::{LearnedNormal, Posterior, Prior, StandardNormal};
use vae_reparam::{Noise, Parameters, Rsample};

/// The deterministic way up of a ladder: what an observation says of each layer of a prior `R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not go up the layers of `{R}`",
    note = "one `Rung` for each `Hierarchy`, and a `GaussianEncoder` for the prior at the top, of the same sizes"
)]
pub trait LadderEncoder<E: Real, R: TopDown<E>> {
    /// What it looks at.
    type Input: crate::Event;

    /// N(μ̂ₗ, diag σ̂ₗ²) for each layer.
    fn evidence<T: Record<E>>(&self, x: EventBatch<Self::Input, E, T>) -> R::Evidence<T>;

    /// The size of what it looks at.
    fn input(&self) -> Self::Input {
        Self::Input::default()
    }

    /// Adds the rows of its layers to a [`Summary`](crate::Summary).
    fn summarize(&self, _path: &str, _rows: &mut Rows) {}
}

macro_rules! top {
    ($($Prior:ty),*) => {$(
        impl<E, Body, Head> LadderEncoder<E, $Prior> for ConditionalNormal<Body, Head>
        where
            E: Real,
            Body: Layer<E>,
            Head: Layer<E, Input = Body::Output, Output: Width>,
            Cpu: Device<E>,
        {
            type Input = Body::Input;

            fn evidence<T: Record<E>>(
                &self,
                x: EventBatch<Body::Input, E, T>,
            ) -> Normal<Head::Output, E, T> {
                self.at(x)
            }

            fn input(&self) -> Body::Input {
                self.body.input()
            }

            summarize!(body, mean, log_var);
        }
    )*};
}

top!(StandardNormal<Head::Output>, LearnedNormal<Head::Output, E>);

/// A step up: dₗ = body(dₗ₋₁), linear heads of dₗ for μ̂ₗ and ln σ̂ₗ², and what is `Above`.
pub type Rung<Body, Z, Above, E = f32> =
    ConditionalRung<Body, Linear<<Body as Layer<E>>::Output, Z, Identity, E>, Above>;

/// A [`Rung`] with any heads.
#[derive(Clone, Debug)]
pub struct ConditionalRung<Body, Head, Above> {
    /// dₗ₋₁ ↦ dₗ, starting from x = d₀.
    pub body: Body,
    /// dₗ ↦ μ̂ₗ
    pub mean: Head,
    /// dₗ ↦ ln σ̂ₗ²
    pub log_var: Head,
    /// The rest of the way, from dₗ on.
    pub above: Above,
}

collection!(ConditionalRung<Body, Head, Above> { body, mean, log_var, above });

impl<E, Body, Head, Above, LowerBody, LowerHead, Upper, Z>
    LadderEncoder<E, Hierarchy<ConditionalNormal<LowerBody, LowerHead>, Upper, Z>>
    for ConditionalRung<Body, Head, Above>
where
    E: Real,
    Body: Layer<E>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
    LowerBody: Layer<E, Input: Width> + Clone,
    LowerHead: Layer<E, Input = LowerBody::Output, Output = Head::Output> + Clone,
    Upper: TopDown<E, Latent = LowerBody::Input>,
    Above: LadderEncoder<E, Upper, Input = Body::Output>,
    Z: Width,
{
    type Input = Body::Input;

    fn evidence<T: Record<E>>(
        &self,
        x: EventBatch<Body::Input, E, T>,
    ) -> (Normal<Head::Output, E, T>, Upper::Evidence<T>) {
        let d = self.body.forward(x);
        let here = Normal {
            mean: self.mean.forward(d.clone()),
            log_var: soft_clamp(self.log_var.forward(d.clone())),
        };
        (here, self.above.evidence(d))
    }

    fn input(&self) -> Body::Input {
        self.body.input()
    }

    summarize!(body, mean, log_var, above);
}

/// q(z|x) = q(z_L|x) Π q(zₗ|zₗ₊₁, x) from the top down: each layer's distribution is the product of what the observation
/// and the layers above, through the prior, say of it.
#[derive(Clone, Debug)]
pub struct LadderPosterior<R: TopDown<E>, E: Real, T: Record<E>> {
    prior: R,
    evidence: R::Evidence<T>,
}

impl<Z, R, E, T> Rsample<Z, E, T> for LadderPosterior<R, E, T>
where
    Z: Width,
    R: TopDown<E, Latent = Z>,
    E: Real,
    T: Record<E>,
{
    fn rsample(&self, noise: Noise) -> Batch<Z, E, T> {
        self.prior.descend(&self.evidence, At::Sample(noise)).z
    }
}

impl<Z, R, E, T> Density<Z, E, T> for LadderPosterior<R, E, T>
where
    Z: Width,
    R: TopDown<E, Latent = Z>,
    E: Real,
    T: Record<E>,
{
    fn log_prob(&self, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        self.prior
            .descend(&self.evidence, At::Code(z))
            .q
            .log_prob(z)
    }
}

impl<R, E, T> Parameters for LadderPosterior<R, E, T>
where
    R: TopDown<E> + TensorCollection<E, Cpu, To<E, Cpu> = R>,
    E: Real,
    T: Record<E>,
    Cpu: Device<E>,
{
    fn repeat(&self, times: usize) -> Self {
        Self {
            prior: self.prior.clone(),
            evidence: self.evidence.repeat(times),
        }
    }

    fn detach(&self) -> Self {
        Self {
            prior: constant(&self.prior),
            evidence: self.evidence.detach(),
        }
    }
}

impl<Z, R, E, T> Posterior<Z, E, T> for LadderPosterior<R, E, T>
where
    Z: Width,
    R: TopDown<E, Latent = Z> + TensorCollection<E, Cpu, To<E, Cpu> = R>,
    E: Real,
    T: Record<E>,
    Cpu: Device<E>,
{
    /// The mean of each layer, given those above it.
    fn center(&self) -> Batch<Z, E, T> {
        self.prior.descend(&self.evidence, At::Center).z
    }

    fn conditionals(&self, z: &Batch<Z, E, T>) -> Option<Normal<Z, E, T>> {
        Some(self.prior.descend(&self.evidence, At::Code(z)).q)
    }

    /// Σₗ KL(q(zₗ|x, z above) ‖ p(zₗ|z above)) at z, each in closed form. `prior` has to be the one that the ladder goes down.
    fn kl<P: Prior<E, Latent = Z>>(&self, _: &P, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        let levels = self.prior.descend(&self.evidence, At::Code(z));
        levels.q.kl_to(&levels.p)
    }

    fn rsample_and_kl<P: Prior<E, Latent = Z>>(
        &self,
        _: &P,
        noise: Noise,
    ) -> (Batch<Z, E, T>, PerExample<E, T>) {
        let levels = self.prior.descend(&self.evidence, At::Sample(noise));
        let kl = levels.q.kl_to(&levels.p);
        (levels.z, kl)
    }
}

/// The ladder variational autoencoder (Sønderby et al. 2016): inference goes up the deterministic layers of the encoder,
/// and then down the layers of the prior, which it shares with the generative model.
///
/// ```
/// use dfdx::prelude::{BuildModule, Const, Cpu, HasShape};
/// use vae_architectures::*;
/// use vae_priors::StandardNormal;
/// use vae_reparam::Noise;
///
/// type X = Const<784>;
/// type H = Const<100>;
/// type Z1 = Const<16>;
/// type Z2 = Const<8>;
/// type Z = Const<24>; // (z₁, z₂)
///
/// type Up = Rung<Mlp<X, H>, Z1, GaussianEncoder<Mlp<H, H>, Z2>>;
/// type Prior = Hierarchy<GaussianDecoder<Mlp<Z2, H>, Z1>, StandardNormal<Z2>, Z>; // p(z₁|z₂) p(z₂)
/// type Down = BernoulliDecoder<(First<Z, Z1>, Mlp<Z1, H>), X>; // p(x|z₁)
/// type Model = LadderVae<Up, Down, Prior>;
///
/// let model = Model::build(&Cpu::seed_from_u64(0));
/// assert_eq!(model.sample(3, Noise::new(0, "prior")).shape(), &(3, Const));
/// ```
#[derive(Clone, Debug)]
pub struct LadderVae<Up, Decoder, Prior> {
    /// What x says of each layer.
    pub up: Up,
    /// p(x|z)
    pub decoder: Decoder,
    /// p(z)
    pub prior: Prior,
}

collection!(LadderVae<Up, Decoder, Prior> { up, decoder, prior });

impl<E, U, P, R> LatentModel<E> for LadderVae<U, P, R>
where
    E: Real,
    U: LadderEncoder<E, R, Input: Width> + Clone,
    P: Decoder<E, Latent = R::Latent, Output = U::Input> + Clone,
    R: TopDown<E, Latent: Width> + TensorCollection<E, Cpu, To<E, Cpu> = R>,
    Cpu: Device<E>,
{
    type Input = U::Input;
    type Latent = R::Latent;
    type Posterior<T: Record<E>> = LadderPosterior<R, E, T>;
    type Likelihood<T: Record<E>> = P::Likelihood<T>;
    type Prior = R;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T> {
        LadderPosterior {
            prior: self.prior.clone(),
            evidence: self.up.evidence(x),
        }
    }

    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        self.decoder.decode(z)
    }

    fn prior(&self) -> R {
        self.prior.clone()
    }

    fn input(&self) -> Self::Input {
        self.up.input()
    }

    fn summarize(&self, rows: &mut Rows) {
        self.up.summarize("up", rows);
        self.decoder.summarize("decoder", rows);
    }
}

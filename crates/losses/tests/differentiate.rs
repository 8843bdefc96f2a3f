//! What is random in training only, as `differentiate` addresses it.

use dfdx::prelude::*;
use vae_architectures::{BernoulliDecoder, Dropout, GaussianEncoder, LatentModel, Linear, Vae};
use vae_distributions::Density;
use vae_losses::{Elbo, Examples, Objective, Terms, differentiate};
use vae_ops::{Batch, GradTape, Real, Record, as_slice, batch_mean, formula};
use vae_priors::{Posterior, StandardNormal};
use vae_reparam::Noise;

type X = Const<12>;
type H = Const<10>;
type Z = Const<3>;
/// A VAE with dropout of the encoder's hidden units, of z, or of neither.
type Model<const Q: u32, const P: u32> = Vae<
    GaussianEncoder<(Linear<X, H>, Dropout<H, Q>), Z>,
    BernoulliDecoder<(Dropout<Z, P>, Linear<Z, H>), X>,
    StandardNormal<Z>,
>;

/// −ln p(x|z) at the mean of q(z|x): nothing is random but the layers.
struct Autoencoder;

impl<E: Real> Objective<E> for Autoencoder {
    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T> {
        let loss = model.decode(model.encode(x.clone()).center()).log_prob(&x);
        Terms {
            loss: batch_mean(formula([loss], |[l]| -l)),
            ..Elbo { beta: 1.0 }.evaluate(model, x, noise)
        }
    }
}

/// What the layers of a forward pass would draw: the first call as the bound, the second as its reconstruction term.
struct Draws;

impl<E: Real> Objective<E> for Draws {
    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        _: &M,
        x: Batch<M::Input, E, T>,
        _: Noise,
    ) -> Terms<E, T> {
        let (x, tape) = x.split_tape();
        let draw = || {
            let numbers = tape.uniforms(x.shape().0).unwrap_or_default();
            Cpu::default().tensor_from_vec(numbers, (x.shape().0,))
        };
        let (elbo, reconstruction) = (draw(), draw());
        Terms {
            loss: batch_mean(elbo.clone().put_tape(tape)),
            kl: elbo.clone(),
            elbo,
            reconstruction,
            extras: Vec::new(),
        }
    }
}

struct Data;

impl Examples<f32> for Data {
    fn len(&self) -> usize {
        128
    }

    /// The same for all examples, so that nothing but what is dropped makes a difference.
    fn load(&self, rows: &[usize], _: Noise) -> Vec<f32> {
        (0..rows.len() * 12).map(|i| (i % 12 % 2) as f32).collect()
    }
}

/// The losses of both shards at a step.
fn losses<const Q: u32, const P: u32>(step: u64) -> [f32; 2] {
    let model: Model<Q, P> = BuildModule::build(&Cpu::seed_from_u64(1));
    let rows: Vec<usize> = (0..128).collect();
    let noise = [Noise::new(2, "data"), Noise::new(2, "latent").at(step)];
    let (terms, _) = differentiate(&Autoencoder, &model, &Data, &rows, noise);
    std::array::from_fn(|i| as_slice(&terms[i].loss)[0])
}

#[test]
fn each_step_and_each_shard_drops_others() {
    for at in [losses::<50, 0>, losses::<0, 50>] {
        let ([a, b], [c, d]) = (at(0), at(1));
        assert!(a != b && c != d && a != c && b != d);
        // By its address alone.
        assert_eq!(at(1), [c, d]);
        assert_eq!(at(0), [a, b]);
    }
    let [a, b] = losses::<0, 0>(0);
    assert!(a == b && losses::<0, 0>(1) == [a, b]);
}

#[test]
fn calls_draw_from_streams_of_their_own() {
    let model: Model<0, 0> = BuildModule::build(&Cpu::seed_from_u64(1));
    let rows: Vec<usize> = (0..65).collect();
    let latent = Noise::new(2, "latent").at(7);
    let (shards, _) = differentiate(&Draws, &model, &Data, &rows, [latent; 2]);
    for (part, len) in [64, 1].into_iter().enumerate() {
        let terms = &shards[part];
        for (call, drawn) in [("0", &terms.elbo), ("1", &terms.reconstruction)] {
            let mut expected = vec![0.0; len];
            let dropout = latent.part(part).stream("dropout");
            dropout.stream(call).fill_uniform(&mut expected);
            assert_eq!(as_slice(drawn), expected);
        }
    }
}

#[test]
fn nothing_is_dropped_in_evaluation() {
    let model: Model<50, 50> = BuildModule::build(&Cpu::seed_from_u64(1));
    // As many as a shard has, for sums in the same order.
    let rows: Vec<usize> = (0..64).collect();
    let values = Data.load(&rows, Noise::new(2, "data"));
    let x = Cpu::default().tensor_from_vec(values, (64, Const));
    let noise = Noise::new(2, "latent");
    let evaluated = Autoencoder.evaluate(&model, x.clone(), noise);
    assert_eq!(evaluated.loss.array(), losses::<0, 0>(0)[0]);
    let taped = Autoencoder.evaluate(&model, x.put_tape(GradTape::for_data()), noise);
    assert_eq!(taped.loss.array(), evaluated.loss.array());
}

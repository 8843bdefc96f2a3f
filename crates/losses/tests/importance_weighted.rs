//! The importance-weighted bound of a model, against its parts.

use dfdx::prelude::{BuildModule, Const, Cpu, PutTape, TensorFromVec};
use vae_architectures::{BernoulliDecoder, GaussianEncoder, LatentModel, Mlp, Vae};
use vae_distributions::Density;
use vae_losses::{ImportanceWeighted, Objective};
use vae_ops::{Batch, GradTape, as_slice, backward, mean};
use vae_priors::{Prior, StandardNormal};
use vae_reparam::{
    DoublyReparameterized, Estimator, Iwae, Noise, Pathwise, Rsample, StickingTheLanding,
};
use vae_testkit::assert_close;

type X = Const<12>;
type Z = Const<3>;
type Model = Vae<
    GaussianEncoder<Mlp<X, Const<8>>, Z>,
    BernoulliDecoder<Mlp<Z, Const<8>>, X>,
    StandardNormal<Z>,
>;

fn model() -> Model {
    Model::build(&Cpu::seed_from_u64(1))
}

fn batch() -> Batch<X> {
    let pixels = (0..64 * 12).map(|i| f32::from(i * 37 % 11 < 4));
    Cpu::default().tensor_from_vec(pixels.collect(), (64, Const))
}

fn pathwise(samples: usize) -> ImportanceWeighted {
    ImportanceWeighted {
        bound: Iwae,
        samples,
        estimator: Pathwise,
    }
}

#[test]
fn one_sample_is_the_evidence_lower_bound_by_monte_carlo() {
    let (model, x, noise) = (model(), batch(), Noise::new(2, "latent"));
    let terms = pathwise(1).evaluate(&model, x.clone(), noise);
    let q = model.encode(x.clone());
    let z = q.rsample(noise);
    let likelihood = model.decode(z.clone()).log_prob(&x);
    let (prior, log_q) = (model.prior().log_prob(&z), q.log_prob(&z));
    for i in 0..64 {
        let [l, p, q] = [&likelihood, &prior, &log_q].map(|t| as_slice(t)[i]);
        assert!((as_slice(&terms.elbo)[i] - (l + p - q)).abs() < 1e-5);
        assert!((as_slice(&terms.reconstruction)[i] + l).abs() < 1e-5);
        assert!((as_slice(&terms.kl)[i] - (q - p)).abs() < 1e-5);
    }
    let loss = f64::from(as_slice(&terms.loss)[0]);
    assert_close(loss, -f64::from(mean(as_slice(&terms.elbo))), 1e-6);
}

#[test]
fn more_samples_are_tighter() {
    let bound = |samples| {
        let values = (0..200).map(|step| {
            let noise = Noise::new(3, "latent").at(step);
            mean(as_slice(
                &pathwise(samples).evaluate(&model(), batch(), noise).elbo,
            ))
        });
        values.sum::<f32>() / 200.0
    };
    let [one, five, fifty] = [1, 5, 50].map(bound);
    assert!(
        one + 0.01 < five && five + 0.005 < fifty,
        "{one}, {five}, {fifty}"
    );
}

#[test]
fn estimators_share_values_and_the_gradient_of_the_decoder() {
    let model = model();
    fn run(model: &Model, estimator: impl Estimator) -> (Vec<f32>, [Vec<f32>; 2]) {
        let objective = ImportanceWeighted {
            bound: Iwae,
            samples: 4,
            estimator,
        };
        let x = batch().put_tape(GradTape::for_data());
        let terms = objective.evaluate(model, x, Noise::new(4, "latent"));
        let elbo = terms.elbo.as_vec();
        let gradients = backward(terms.loss, 1.0);
        let encoder = gradients.get(&model.encoder.body.weight).as_vec();
        (
            elbo,
            [encoder, gradients.get(&model.decoder.body.weight).as_vec()],
        )
    }
    let (values, [encoder, decoder]) = run(&model, Pathwise);
    for (others, [of_encoder, of_decoder]) in [
        run(&model, StickingTheLanding),
        run(&model, DoublyReparameterized),
    ] {
        assert_eq!(others, values);
        assert_eq!(of_decoder, decoder);
        assert_ne!(of_encoder, encoder);
        assert!(of_encoder.iter().all(|g| g.is_finite()));
    }
}

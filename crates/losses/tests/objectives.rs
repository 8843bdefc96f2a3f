//! Every objective: what it is where its hyperparameters are neutral, and its gradients.

use dfdx::prelude::{BuildModule, Const, Cpu, NoneTape, TensorFromVec};
use vae_architectures::{BernoulliDecoder, GaussianEncoder, LatentModel, Mlp, Vae};
use vae_distributions::{Density, Normal};
use vae_losses::*;
use vae_ops::{Batch, GradTape, PerExample, Tanh, as_slice, batch_mean, formula, mean};
use vae_priors::{Posterior, Prior, StandardNormal};
use vae_reparam::{Ciwae, Iwae, Miwae, Noise, Pathwise, Piwae, Renyi, VrMax};
use vae_testkit::{assert_close, assert_module_grad, parameter_gradients};

type X = Const<6>;
type H = Const<5>;
type Z = Const<3>;
type Model = Vae<
    GaussianEncoder<Mlp<X, H, Tanh, f64>, Z, f64>,
    BernoulliDecoder<Mlp<Z, H, Tanh, f64>, X, f64>,
    StandardNormal<Z>,
>;

const BATCH: usize = 7;

fn model() -> Model {
    Model::build(&Cpu::seed_from_u64(1))
}

fn batch() -> Batch<X, f64> {
    let pixel = |i: usize| f64::from(i * 37 % 11 < 4);
    Cpu::default().tensor_from_vec((0..BATCH * 6).map(pixel).collect(), (BATCH, Const))
}

fn noise() -> Noise {
    Noise::new(2, "latent")
}

fn loss(objective: &impl Objective<f64>) -> f64 {
    as_slice(&objective.evaluate(&model(), batch(), noise()).loss)[0]
}

fn weighted<B>(bound: B, samples: usize) -> ImportanceWeighted<B> {
    ImportanceWeighted {
        bound,
        samples,
        estimator: Pathwise,
    }
}

const RBF: Kernel = Kernel::Rbf { scale: 0.7 };
const TC: BetaTc = BetaTc {
    alpha: 1.0,
    beta: 1.0,
    gamma: 1.0,
    examples: 50,
    weighting: Weighting::Stratified,
};

#[test]
fn neutral_settings_give_the_evidence_lower_bound() {
    let elbo = loss(&Elbo { beta: 1.0 });
    let mut annealed = Annealed {
        objective: Elbo { beta: 0.0 },
        schedule: |elbo: &mut Elbo, t| elbo.beta = warm_up::cosine(t, 100),
    };
    Objective::<f64>::begin(&mut annealed, 100);
    assert_close(loss(&annealed), elbo, 1e-12);
    let [gamma, nats] = [1.0, 0.0];
    assert_close(loss(&Capacity { gamma, nats }), elbo, 1e-12);
    for groups in [Groups::EachDimension, Groups::Of(&[2, 1]), Groups::Whole] {
        assert_close(loss(&FreeBits { nats, groups }), elbo, 1e-12);
    }
    let beta = 1.0;
    let groups = Groups::Whole;
    assert_close(loss(&KlBalancing { beta, groups }), elbo, 1e-12);
    for covariance in [Covariance::OfMeans, Covariance::OfSamples] {
        let [off_diagonal, diagonal] = [0.0, 0.0];
        let dip = DipVae {
            covariance,
            off_diagonal,
            diagonal,
        };
        assert_close(loss(&dip), elbo, 1e-12);
    }
    let (alpha, lambda, kernel) = (0.0, 1.0, RBF);
    let info = InfoVae {
        alpha,
        lambda,
        kernel,
    };
    assert_close(loss(&info), elbo, 1e-12);
    assert_close(loss(&Geco::new(0.0)), elbo, 1e-12);
}

#[test]
fn neutral_settings_give_the_bound_by_monte_carlo() {
    let elbo = loss(&weighted(Iwae, 1));
    assert_close(loss(&weighted(Miwae { groups: 1 }, 1)), elbo, 1e-12);
    assert_close(loss(&weighted(VrMax, 1)), elbo, 1e-12);
    for weighting in [Weighting::Minibatch, Weighting::Stratified] {
        assert_close(loss(&BetaTc { weighting, ..TC }), elbo, 1e-12);
    }

    let (elbo, iwae) = (
        loss(&weighted(Miwae { groups: 6 }, 6)),
        loss(&weighted(Iwae, 6)),
    );
    assert!(iwae < elbo - 1e-3, "{iwae}, {elbo}");
    assert_close(loss(&weighted(Miwae { groups: 1 }, 6)), iwae, 1e-12);
    assert_close(loss(&weighted(Piwae { groups: 2 }, 6)), iwae, 1e-12);
    assert_close(loss(&weighted(Ciwae { beta: 1.0 }, 6)), elbo, 1e-12);
    assert_close(loss(&weighted(Ciwae { beta: 0.0 }, 6)), iwae, 1e-12);
    let halfway = loss(&weighted(Ciwae { beta: 0.5 }, 6));
    assert_close(halfway, 0.5 * (elbo + iwae), 1e-12);
    assert_close(loss(&weighted(Renyi { alpha: 0.0 }, 6)), iwae, 1e-12);
    assert_close(loss(&weighted(Renyi { alpha: 1.0 }, 6)), elbo, 1e-12);
    assert_close(loss(&weighted(Renyi { alpha: 1.0 - 1e-7 }, 6)), elbo, 1e-6);
    let largest = loss(&weighted(VrMax, 6));
    assert_close(loss(&weighted(Renyi { alpha: -1e7 }, 6)), largest, 1e-6);
    assert!(largest < iwae);
    let by_two = loss(&weighted(Miwae { groups: 3 }, 6));
    assert!(iwae < by_two && by_two < elbo, "{iwae}, {by_two}, {elbo}");
}

/// What is reported is the bound, whatever is minimized.
#[test]
fn terms_are_those_of_the_bound() {
    let expected = Elbo { beta: 1.0 }.evaluate(&model(), batch(), noise());
    fn check(expected: &Terms<f64, NoneTape>, objective: &impl Objective<f64>) {
        let terms = objective.evaluate(&model(), batch(), noise());
        assert_eq!(as_slice(&terms.elbo), as_slice(&expected.elbo));
        assert_eq!(as_slice(&terms.kl), as_slice(&expected.kl));
        assert_eq!(
            as_slice(&terms.reconstruction),
            as_slice(&expected.reconstruction)
        );
    }
    let (gamma, nats, groups) = (30.0, 2.0, Groups::EachDimension);
    check(&expected, &Elbo { beta: 7.0 });
    check(&expected, &Capacity { gamma, nats });
    check(&expected, &FreeBits { nats, groups });
    check(&expected, &KlBalancing { beta: 3.0, groups });
    check(&expected, &BetaTc { beta: 5.0, ..TC });
    check(&expected, &InfoVae::wasserstein(10.0, RBF));
    check(&expected, &Geco::new(50.0));
}

fn assert_gradients(objective: &impl Objective<f64>) {
    assert_module_grad(&model(), &batch(), |model, x| {
        objective.evaluate(model, x, noise()).loss
    });
}

#[test]
fn gradients_of_the_divergence_as_it_is_weighted() {
    let (gamma, groups) = (3.0, Groups::EachDimension);
    assert_gradients(&Elbo { beta: 4.0 });
    // On either side of the kink.
    for nats in [0.01, 50.0] {
        assert_gradients(&Capacity { gamma, nats });
        assert_gradients(&FreeBits { nats, groups });
        let groups = Groups::Of(&[1, 2]);
        assert_gradients(&FreeBits { nats, groups });
    }
    let mut geco = Geco::new(3.0);
    geco.multiplier = 2.5;
    assert_gradients(&geco);
}

#[test]
fn gradients_of_what_depends_on_the_whole_batch() {
    for weighting in [Weighting::Minibatch, Weighting::Stratified] {
        assert_gradients(&BetaTc {
            alpha: 0.3,
            beta: 6.0,
            gamma: 1.7,
            weighting,
            ..TC
        });
    }
    for covariance in [Covariance::OfMeans, Covariance::OfSamples] {
        assert_gradients(&DipVae {
            covariance,
            off_diagonal: 5.0,
            diagonal: 3.0,
        });
    }
    for kernel in [RBF, Kernel::InverseMultiquadric { scale: 1.3 }] {
        let (alpha, lambda) = (0.4, 20.0);
        assert_gradients(&InfoVae {
            alpha,
            lambda,
            kernel,
        });
    }
}

#[test]
fn gradients_of_bounds_of_several_samples() {
    assert_gradients(&weighted(Iwae, 4));
    assert_gradients(&weighted(Miwae { groups: 2 }, 4));
    assert_gradients(&weighted(Ciwae { beta: 0.3 }, 4));
    for alpha in [-1.5, 0.4, 1.0, 2.0] {
        assert_gradients(&weighted(Renyi { alpha }, 4));
    }
    assert_gradients(&weighted(VrMax, 4));
}

/// The model learns by one bound and q by the other.
#[test]
fn piwae_takes_one_gradient_of_each_bound() {
    fn gradients(objective: &impl Objective<f64>) -> Vec<(String, Vec<f64>)> {
        let model = model();
        let x = vae_ops_tape(batch());
        let terms = objective.evaluate(&model, x, noise());
        parameter_gradients(&model, &vae_ops::backward(terms.loss, 1.0))
    }
    fn vae_ops_tape(x: Batch<X, f64>) -> Batch<X, f64, GradTape<f64>> {
        dfdx::prelude::PutTape::put_tape(x, GradTape::for_data())
    }
    let piwae = gradients(&weighted(Piwae { groups: 2 }, 6));
    let of_model = gradients(&weighted(Iwae, 6));
    let of_encoder = gradients(&weighted(Miwae { groups: 2 }, 6));
    let mut told_apart = 0;
    for ((name, piwae), ((_, model), (_, encoder))) in
        piwae.iter().zip(of_model.iter().zip(&of_encoder))
    {
        let expected = if name.starts_with("encoder") {
            encoder
        } else {
            model
        };
        told_apart += usize::from(model != encoder);
        for (found, expected) in piwae.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{name}: {found}, {expected}"
            );
        }
    }
    assert_eq!(told_apart, piwae.len());
}

#[test]
fn free_bits_stop_pushing_at_the_floor() {
    let of_dimensions = |model: &Model| {
        let q = model.encode(batch());
        let kl = q.kl_by_dimension(&model.prior, &q.center()).unwrap();
        let kl = as_slice(&kl).to_vec();
        [0, 1, 2].map(|d| kl.iter().skip(d).step_by(3).sum::<f64>() / BATCH as f64)
    };
    let mut means = of_dimensions(&model());
    means.sort_by(f64::total_cmp);
    let [low, middle, high] = means;
    assert!(low < middle && middle < high);
    let reconstruction = Elbo { beta: 0.0 };
    for (nats, at_floor, rate) in [
        (0.5 * low, 0.0, low + middle + high),
        (
            0.5 * (low + middle),
            1.0,
            0.5 * (low + middle) + middle + high,
        ),
        (2.0 * high, 3.0, 6.0 * high),
    ] {
        let groups = Groups::EachDimension;
        let terms = FreeBits { nats, groups }.evaluate(&model(), batch(), noise());
        assert_eq!(terms.extras, [("groups at the floor", at_floor)]);
        let loss = as_slice(&terms.loss)[0];
        assert_close(loss, self::loss(&reconstruction) + rate, 1e-12);
    }
}

#[test]
#[should_panic(expected = "groups of [2, 2] dimensions in a code of 3")]
fn groups_have_to_add_up() {
    let groups = Groups::Of(&[2, 2]);
    loss(&FreeBits { nats: 0.1, groups });
}

/// γ is in proportion to the nats per dimension, of mean 1, and a constant to the gradient.
#[test]
fn balanced_groups_are_weighted_by_their_use() {
    let widths: &'static [usize] = &[1, 2];
    let x = || dfdx::prelude::PutTape::put_tape(batch(), GradTape::for_data());
    let model = model();
    let q = model.encode(x());
    let kl = q.kl_by_dimension(&model.prior, &q.center()).unwrap();
    let values = kl.retaped::<NoneTape>();
    let total = |d: usize| as_slice(&values).iter().skip(d).step_by(3).sum::<f64>() / BATCH as f64;
    let densities = [total(0) + 0.01, (total(1) + total(2) + 0.01) / 2.0];
    let weights = densities.map(|d| 2.0 * d / (densities[0] + densities[1]));
    assert!((weights[0] - weights[1]).abs() > 0.05, "{weights:?}");

    let (beta, groups) = (0.5, Groups::Of(widths));
    let terms = KlBalancing { beta, groups }.evaluate(&model, x(), noise());
    let expected = {
        let z = q.rsample_and_kl(&model.prior, noise()).0;
        let l: PerExample<f64, GradTape<f64>> = model.decode(z).log_prob(&x());
        let of = |d: usize| vae_ops::columns(kl.clone(), d, Const::<1>);
        let columns =
            [of(0), of(1), of(2)].map(|c| vae_ops::sum_event([c], [], |[c], []| (c, [1.0])));
        let [a, b, c] = columns;
        let [first, second] = weights;
        batch_mean(formula([l, a, b, c], move |[l, a, b, c]| {
            beta * (first * a + second * (b + c)) - l
        }))
    };
    assert_close(as_slice(&terms.loss)[0], as_slice(&expected)[0], 1e-12);
    let found = parameter_gradients(&model, &vae_ops::backward(terms.loss, 1.0));
    let expected = parameter_gradients(&model, &vae_ops::backward(expected, 1.0));
    for ((name, found), (_, expected)) in found.iter().zip(&expected) {
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{name}: {found}, {expected}"
            );
        }
    }
}

#[test]
fn the_three_parts_of_beta_tc_are_the_divergence() {
    for weighting in [Weighting::Minibatch, Weighting::Stratified] {
        let terms = BetaTc { weighting, ..TC }.evaluate(&model(), batch(), noise());
        let names: Vec<_> = terms.extras.iter().map(|(name, _)| *name).collect();
        let parts = [
            "mutual information",
            "total correlation",
            "dimension-wise KL",
        ];
        assert_eq!(names, parts);
        let q = model().encode(batch());
        let (z, _) = q.rsample_and_kl(&model().prior, noise());
        let (log_q, log_p) = (q.log_prob(&z), model().prior.log_prob(&z));
        let kl = mean(as_slice(&log_q)) - mean(as_slice(&log_p));
        assert_close(terms.extras.iter().map(|(_, part)| part).sum(), kl, 1e-12);

        let (alpha, beta, gamma) = (0.3, 6.0, 1.7);
        let weighted = BetaTc {
            alpha,
            beta,
            gamma,
            weighting,
            ..TC
        };
        let parts = terms.extras.iter().zip([alpha, beta, gamma]);
        let rate: f64 = parts.map(|((_, part), weight)| weight * part).sum();
        let reconstruction = mean(as_slice(&terms.reconstruction));
        assert_close(loss(&weighted), reconstruction + rate, 1e-12);
    }
}

#[test]
fn geco_holds_the_reconstruction_at_its_target() {
    let evaluate = |geco: &Geco| geco.evaluate(&model(), batch(), noise());
    let reconstruction = mean(as_slice(&evaluate(&Geco::new(0.0)).reconstruction));
    // The nats that are missing, and what that does in a step.
    for (nats, step_of_log) in [(1.0, 2e-4), (-1.0, -2e-4), (50.0, 1e-3), (-50.0, -1e-3)] {
        let target = reconstruction - nats;
        let mut geco = Geco::new(target);
        for step in 1..=3 {
            let terms = [evaluate(&geco)];
            geco.observe(&terms);
            assert_close(geco.multiplier.ln(), step_of_log * f64::from(step), 1e-9);
        }
        let mut resumed = Geco::new(target);
        Objective::<f64>::restore(&mut resumed, &Objective::<f64>::state(&geco));
        assert_eq!(resumed, geco);
    }
}

/// A code of one layer behind another: each layer's divergence by itself.
#[test]
fn a_normal_posterior_has_a_divergence_by_dimension() {
    let tensor = |values: [f64; 3]| -> Batch<Z, f64> {
        Cpu::default().tensor_from_vec(values.to_vec(), (1, Const))
    };
    let q = Normal {
        mean: tensor([0.0, 1.0, -2.0]),
        log_var: tensor([0.0, 0.0, 1.0]),
    };
    let kl = q.kl_by_dimension(&StandardNormal::<Z>::default(), &tensor([0.0; 3]));
    let kl = kl.unwrap();
    let expected = [0.0, 0.5, 0.5 * (std::f64::consts::E - 2.0 + 4.0)];
    for (kl, expected) in as_slice(&kl).iter().zip(expected) {
        assert_close(*kl, expected, 1e-12);
    }
}

/// As the last batch of an epoch may be.
#[test]
fn a_batch_may_be_a_single_example() {
    fn check(objective: &impl Objective<f64>) {
        let x: Batch<X, f64> = Cpu::default().tensor_from_vec(vec![1.0; 6], (1, Const));
        let x = dfdx::prelude::PutTape::put_tape(x, GradTape::for_data());
        let model = model();
        let loss = objective.evaluate(&model, x, noise()).loss;
        assert!(as_slice(&loss.retaped::<NoneTape>())[0].is_finite());
        let gradients = parameter_gradients(&model, &vae_ops::backward(loss, 1.0));
        let all = || gradients.iter().flat_map(|(_, g)| g);
        assert!(all().all(|g| g.is_finite()) && all().any(|g| *g != 0.0));
    }
    let groups = Groups::EachDimension;
    check(&Capacity {
        gamma: 3.0,
        nats: 2.0,
    });
    check(&FreeBits { nats: 0.1, groups });
    check(&KlBalancing { beta: 1.0, groups });
    check(&InfoVae::wasserstein(10.0, RBF));
    for weighting in [Weighting::Minibatch, Weighting::Stratified] {
        check(&BetaTc {
            weighting,
            beta: 6.0,
            ..TC
        });
    }
    check(&DipVae {
        covariance: Covariance::OfSamples,
        off_diagonal: 5.0,
        diagonal: 3.0,
    });
}

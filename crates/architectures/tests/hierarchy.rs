//! Codes in layers: densities, divergences and gradients of hierarchical priors and posteriors.

use dfdx::prelude::{
    BuildModule, Const, Cpu, HasShape, TensorCollection, TensorFrom, TensorFromVec,
};
use vae_architectures::{BernoulliDecoder, BottomUp, First, GaussianDecoder, GaussianEncoder};
use vae_architectures::{Encoder, Hierarchy, LadderVae, LatentModel, Linear, Mlp, Rung, Vae};
use vae_distributions::{Density, Normal};
use vae_ops::{
    Batch, GradTape, Identity, PerExample, Tanh, as_slice, backward, batch_mean, formula,
};
use vae_priors::{Form, Posterior, Prior, StandardNormal};
use vae_reparam::{Noise, Parameters, Rsample};
use vae_testkit::{assert_close, assert_module_grad, parameter_gradients, spread};

type X = Const<5>;
type H = Const<4>;
type Z1 = Const<3>;
type Z2 = Const<2>;
type Z3 = Const<1>;
/// (z₂, z₃)
type Upper = Const<3>;
/// (z₁, z₂, z₃)
type Z = Const<6>;

type Body<A> = Mlp<A, H, Tanh, f64>;
type Top = Hierarchy<GaussianDecoder<Body<Z3>, Z2, f64>, StandardNormal<Z3>, Upper>;
type P = Hierarchy<GaussianDecoder<(First<Upper, Z2>, Body<Z2>), Z1, f64>, Top, Z>;
type Down = BernoulliDecoder<(First<Z, Z1>, Body<Z1>), X, f64>;

type Above =
    BottomUp<GaussianEncoder<Body<Z1>, Z2, f64>, GaussianEncoder<Body<Z2>, Z3, f64>, Upper>;
type Up = BottomUp<GaussianEncoder<Body<X>, Z1, f64>, Above, Z>;
type Climbing = Vae<Up, Down, P>;

type Steps = Rung<Body<X>, Z1, Rung<Body<H>, Z2, GaussianEncoder<Body<H>, Z3, f64>, f64>, f64>;
type Ladder = LadderVae<Steps, Down, P>;

const ROWS: usize = 3;

fn x(rows: usize) -> Batch<X, f64> {
    let values = (0..rows * 5).map(|i| f64::from(i * i % 3 == 0));
    Cpu::default().tensor_from_vec(values.collect(), (rows, Const))
}

/// With parameters away from where they start.
fn trained<M: BuildModule<Cpu, f64> + TensorCollection<f64, Cpu>>() -> M {
    let mut module = M::build(&Cpu::seed_from_u64(1));
    let mut stream = 10;
    vae_testkit::edit_parameters(&mut module, |_, values| {
        stream += 1;
        values.copy_from_slice(&spread(stream, values.len()));
    });
    module
}

/// z₁ = 3 z₂ + 1 + 2ε.
type Scalar = Hierarchy<
    GaussianDecoder<Linear<Const<1>, Const<1>, Identity, f64>, Const<1>, f64>,
    StandardNormal<Const<1>>,
    Const<2>,
>;

fn scalar() -> Scalar {
    let device = Cpu::default();
    let mut prior: Scalar = BuildModule::build(&device);
    prior.lower.body.weight = device.tensor([[1.0]]);
    prior.lower.mean.weight = device.tensor([[3.0]]);
    prior.lower.mean.bias = device.tensor([1.0]);
    prior.lower.log_var.weight = device.tensor([[0.0]]);
    prior.lower.log_var.bias = device.tensor([4f64.ln()]);
    prior
}

#[test]
fn samples_and_density_of_a_hierarchy_are_those_of_its_marginal() {
    let prior = scalar();
    let z = prior.sample(200_000, Noise::new(1, "prior"));
    let pairs: Vec<[f64; 2]> = as_slice(&z).as_chunks().0.to_vec();
    let mean = |f: fn(&[f64; 2]) -> f64| pairs.iter().map(f).sum::<f64>() / pairs.len() as f64;
    // (z₁, z₂) is normal with mean (1, 0), variances 13 and 1, and covariance 3.
    for (estimate, expected, tolerance) in [
        (mean(|z| z[0]), 1.0, 0.04),
        (mean(|z| z[1]), 0.0, 0.011),
        (mean(|z| (z[0] - 1.0).powi(2)), 13.0, 0.2),
        (mean(|z| (z[0] - 1.0) * z[1]), 3.0, 0.05),
    ] {
        assert!(
            (estimate - expected).abs() < tolerance,
            "{estimate} against {expected}"
        );
    }
    let at: Batch<Const<2>, f64> = Cpu::default().tensor_from_vec(vec![2.0, 1.0], (1, Const));
    // The precision matrix is ((1, −3), (−3, 13))/4, and the determinant 4: ½ (1 − 6 + 13)/4 at (1, 1) from the mean.
    let expected = -1.0 - std::f64::consts::TAU.ln() - 0.5 * 4f64.ln();
    assert_close(prior.log_prob(&at).as_vec()[0], expected, 1e-14);
}

/// What is asked of any posterior over a hierarchy.
fn check<M>(model: &M)
where
    M: LatentModel<f64, Input = X, Latent = Z, Prior = P> + TensorCollection<f64, Cpu>,
{
    let noise = Noise::new(2, "latent");
    // The objective's gradient, all the way.
    assert_module_grad(model, &x(ROWS), |model: &M, x| {
        let q = model.encode(x);
        let (z, kl) = q.rsample_and_kl(&model.prior(), noise);
        let x = self::x(ROWS).retaped();
        formula([kl, model.decode(z).log_prob(&x)], |[kl, l]| kl - l)
    });

    // The divergence has the mean of ln q(z) − ln p(z).
    let q = model.encode(x(1)).repeat(100_000);
    let (z, kl) = q.rsample_and_kl(&model.prior(), noise);
    let [kl, log_q, log_p] = [kl, q.log_prob(&z), model.prior().log_prob(&z)];
    let differences: Vec<f64> = (0..100_000)
        .map(|i| as_slice(&kl)[i] - (as_slice(&log_q)[i] - as_slice(&log_p)[i]))
        .collect();
    let mean = differences.iter().sum::<f64>() / 1e5;
    let square = differences.iter().map(|d| d * d).sum::<f64>() / 1e5;
    assert!(mean.abs() <= 4.0 * (square / 1e5).sqrt(), "off by {mean}");

    // Samples follow the density: E_q[p(z)/q(z)] = 1 for a p of lighter tails.
    let center = as_slice(&model.encode(x(1)).center()).to_vec();
    let narrow = Normal {
        mean: Cpu::default().tensor_from_vec(center.repeat(100_000), (100_000, Const)),
        log_var: Cpu::default().tensor_from_vec(vec![-1.6; 600_000], (100_000, Const)),
    };
    let log_narrow = narrow.log_prob(&z);
    let ratios: Vec<f64> = (0..100_000)
        .map(|i| (as_slice(&log_narrow)[i] - as_slice(&log_q)[i]).exp())
        .collect();
    let mass = ratios.iter().sum::<f64>() / 1e5;
    let error = (ratios.iter().map(|r| (r - mass).powi(2)).sum::<f64>() / 1e10).sqrt();
    assert!(
        error < 0.05 && (mass - 1.0).abs() < 4.0 * error,
        "{mass} ± {error}"
    );

    // Detached, ln q has its value, and no gradient but that of z.
    let z = model.encode(x(ROWS)).rsample(noise);
    let run = |detached: bool| {
        let z = z.retaped::<GradTape<f64>>();
        let q = model.encode(x(ROWS).retaped());
        let q = if detached { q.detach() } else { q };
        let log_q: PerExample<f64, _> = q.log_prob(&z);
        let value = log_q.as_vec();
        let gradients = backward(batch_mean(log_q), 1.0);
        let of_parameters: Vec<f64> = parameter_gradients(model, &gradients)
            .into_iter()
            .flat_map(|(_, gradient)| gradient)
            .collect();
        (value, gradients.get(&z).as_vec(), of_parameters)
    };
    let (live, constant) = (run(false), run(true));
    assert_eq!(live.0, constant.0);
    for (a, b) in live.1.iter().zip(&constant.1) {
        assert_close(*a, *b, 1e-12);
    }
    assert!(live.2.iter().any(|g| *g != 0.0) && constant.2.iter().all(|g| *g == 0.0));
}

#[test]
fn bottom_up() {
    check(&trained::<Climbing>());
}

#[test]
fn ladder() {
    check(&trained::<Ladder>());
}

#[test]
fn bottom_up_layers_follow_each_other() {
    let model: Climbing = trained();
    let q = model.encode(x(ROWS));
    let z = q.rsample(Noise::new(3, "latent"));
    let part = |first: usize, len: usize| -> Vec<f64> {
        let rows = as_slice(&z).chunks(6);
        rows.flat_map(|row| &row[first..first + len])
            .copied()
            .collect()
    };
    let device = Cpu::default();
    let z1: Batch<Z1, f64> = device.tensor_from_vec(part(0, 3), (ROWS, Const));
    let z2: Batch<Z2, f64> = device.tensor_from_vec(part(3, 2), (ROWS, Const));
    let z3: Batch<Z3, f64> = device.tensor_from_vec(part(5, 1), (ROWS, Const));
    let (up, p) = (&model.encoder, &model.prior);
    let q1 = up.first.encode(x(ROWS)).log_prob(&z1);
    let q2 = up.above.first.encode(z1.clone()).log_prob(&z2);
    let q3 = up.above.above.encode(z2.clone()).log_prob(&z3);
    let lower = |z2: &Batch<Z2, f64>| {
        let upper = vae_ops::concat(z2.clone(), z3.clone(), Const::<3>);
        vae_architectures::Decoder::decode(&p.lower, upper)
    };
    let p1 = lower(&z2).log_prob(&z1);
    let p2 = vae_architectures::Decoder::decode(&p.upper.lower, z3.clone()).log_prob(&z2);
    let p3 = p.upper.upper.log_prob(&z3);
    let (log_q, log_p) = (q.log_prob(&z), p.log_prob(&z));
    for i in 0..ROWS {
        let sum = |parts: [&PerExample<f64>; 3]| parts.iter().map(|t| as_slice(t)[i]).sum::<f64>();
        assert_close(as_slice(&log_q)[i], sum([&q1, &q2, &q3]), 1e-12);
        assert_close(as_slice(&log_p)[i], sum([&p1, &p2, &p3]), 1e-12);
    }
}

#[test]
fn a_diagonal_posterior_has_its_divergence_from_a_hierarchy_in_closed_form() {
    type Mean = GaussianEncoder<Body<X>, Z, f64>;
    let (encoder, prior): (Mean, P) = (trained(), trained());
    let q = encoder.encode(x(1)).repeat(50_000);
    let z = q.rsample(Noise::new(4, "latent"));
    assert!(matches!(prior.form(&z), Form::Normal(_)));
    let (kl, log_q, log_p) = (q.kl(&prior, &z), q.log_prob(&z), prior.log_prob(&z));
    let difference = |i: usize| as_slice(&kl)[i] - (as_slice(&log_q)[i] - as_slice(&log_p)[i]);
    let mean = (0..50_000).map(difference).sum::<f64>() / 5e4;
    let square = (0..50_000).map(|i| difference(i).powi(2)).sum::<f64>() / 5e4;
    assert!(mean.abs() <= 4.0 * (square / 5e4).sqrt(), "off by {mean}");
}

#[test]
fn models_generate_and_reconstruct() {
    let model: Ladder = trained();
    assert_eq!(model.sample(7, Noise::new(5, "prior")).shape(), &(7, Const));
    assert_eq!(model.reconstruct(x(ROWS)).shape(), &(ROWS, Const));
    let model: Climbing = trained();
    assert_eq!(model.sample(7, Noise::new(5, "prior")).shape(), &(7, Const));
    assert_eq!(model.reconstruct(x(ROWS)).shape(), &(ROWS, Const));
}

/// Σ by dimension is the divergence, where layers are inferred in the order of the prior. From the bottom up z₂ depends on z₁,
/// and p(z₁|z₂) at the z₂ drawn is not what z₁ is to be compared with.
#[test]
fn divergences_by_dimension_add_up_where_there_are_any() {
    let noise = Noise::new(5, "z");
    let ladder = trained::<Ladder>();
    let q = ladder.encode(x(6));
    let (z, kl) = q.rsample_and_kl(&ladder.prior(), noise);
    let by_dimension = q.kl_by_dimension(&ladder.prior(), &z).unwrap();
    let width = as_slice(&by_dimension).len() / 6;
    for (row, kl) in as_slice(&by_dimension).chunks(width).zip(as_slice(&kl)) {
        assert_close(row.iter().sum(), *kl, 1e-12);
    }

    let bottom_up = trained::<Climbing>();
    let q = bottom_up.encode(x(6));
    let z = q.rsample(noise);
    assert!(q.kl_by_dimension(&bottom_up.prior(), &z).is_none());
}

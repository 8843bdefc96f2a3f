//! The mixture of posteriors: its density, its samples, and where its gradients go.

use dfdx::prelude::*;
use vae_architectures::{BernoulliDecoder, GaussianEncoder, LatentModel, Mlp, Vae, VampPrior};
use vae_distributions::Density;
use vae_ops::{Batch, GradTape, Gradients, Tanh, as_slice, backward, batch_mean};
use vae_priors::Prior;
use vae_reparam::{Noise, init_normal};
use vae_testkit::{assert_close, assert_ks};

/// More than are encoded at a time.
const K: usize = 70;

type X = Const<3>;
type H = Const<4>;
type Encoder<const Z: usize> = GaussianEncoder<Mlp<X, H, Tanh, f64>, Const<Z>, f64>;
type Decoder<const Z: usize> = BernoulliDecoder<Mlp<Const<Z>, H, Tanh, f64>, X, f64>;
type Model<const Z: usize> = Vae<Encoder<Z>, Decoder<Z>, VampPrior<K, X, Encoder<Z>, f64>>;

fn model<const Z: usize>() -> Model<Z> {
    let mut model: Model<Z> = BuildModule::build(&Cpu::seed_from_u64(3));
    init_normal(&mut model.prior.pseudo_inputs, 2.0);
    model
}

fn codes<const N: usize>(values: &[f64]) -> Batch<Const<N>, f64> {
    let rows = values.len() / N;
    Cpu::default().tensor_from_vec(values.to_vec(), (rows, Const))
}

#[test]
fn the_density_is_the_mean_of_those_of_the_posteriors() {
    let model = model::<2>();
    let z = codes::<2>(&[0.3, -0.2, 1.5, 0.8]);
    let found = model.prior().log_prob(&z);
    let mut expected = [0.0; 2];
    for u in as_slice(&model.prior.pseudo_inputs).chunks(3) {
        let q = model.encode(codes(&[u, u].concat()));
        for (sum, log_q) in expected.iter_mut().zip(q.log_prob(&z).as_vec()) {
            *sum += log_q.exp() / K as f64;
        }
    }
    for (found, expected) in found.as_vec().iter().zip(expected) {
        assert_close(*found, expected.ln(), 1e-12);
    }
    let prepared = model.prepared().prior().log_prob(&z);
    for (found, prepared) in found.as_vec().iter().zip(prepared.as_vec()) {
        assert_close(prepared, *found, 1e-14);
    }
}

#[test]
fn samples_follow_the_density() {
    let prior = model::<1>().prepared().prior();
    let (start, step, points) = (-40.0, 80.0 / 80_000.0, 80_001);
    let grid: Vec<f64> = (0..points).map(|i| start + step * f64::from(i)).collect();
    let mut mass = 0.0;
    let log_density = prior.log_prob(&codes::<1>(&grid));
    let cumulative = as_slice(&log_density).iter().map(|log_p| {
        mass += log_p.exp() * step;
        mass
    });
    let cumulative: Vec<f64> = cumulative.collect();
    assert_close(cumulative[80_000], 1.0, 1e-6);
    let samples = prior.sample(100_000, Noise::new(1, "prior"));
    assert_ks(as_slice(&samples), |z| {
        cumulative[((z - start) / step) as usize]
    });
}

/// Of the mean of ln p(z): through the encoder and the pseudo-inputs, all on one tape.
fn gradients_of(model: &Model<2>, z: &Batch<Const<2>, f64>) -> Gradients<f64> {
    let log_p = model
        .prior()
        .log_prob(&z.clone().put_tape(GradTape::for_data()));
    backward(batch_mean(log_p), 1.0)
}

#[test]
fn gradients_pulled_back_are_those_of_one_tape() {
    let model = model::<2>();
    let z = codes::<2>(&[0.3, -0.2, 1.5, 0.8]);
    let whole = gradients_of(&model, &z);
    let prepared = model.prepared();
    let mut shards = vec![gradients_of(&prepared, &z)];
    let pulled = prepared.pull_back(&mut shards, Noise::new(0, "pull back"));
    assert!(pulled.len() > 1, "there are more pseudo-inputs than a part");
    shards.extend(pulled);

    let weight = &model.encoder.body.weight;
    let u = &model.prior.pseudo_inputs;
    let [of_weight, of_u] = [whole.get(weight).as_vec(), whole.get(u).as_vec()];
    assert!(of_weight.iter().chain(&of_u).all(|g| *g != 0.0));
    for (sum, whole) in [
        (Gradients::sum(&mut shards, weight), of_weight),
        (Gradients::sum(&mut shards, u), of_u),
    ] {
        for (sum, whole) in sum.iter().zip(&whole) {
            assert_close(*sum, *whole, 1e-12);
        }
    }
}

/// The gradients in a weight and in the pseudo-inputs that are pulled back with the noise at a step.
fn pulled(prepared: &Model<2>, z: &Batch<Const<2>, f64>, step: u64) -> Vec<f64> {
    let mut shards = vec![gradients_of(prepared, z)];
    let noise = Noise::new(0, "pull back").at(step);
    let pulled = prepared.pull_back(&mut shards, noise);
    shards.extend(pulled);
    let weight = Gradients::sum(&mut shards, &prepared.encoder.body.weight);
    let of_u = Gradients::sum(&mut shards, &prepared.prior.pseudo_inputs);
    [weight, of_u].concat()
}

#[test]
fn a_few_pseudo_inputs_stand_for_all() {
    let z = codes::<2>(&[0.3, -0.2, 1.5, 0.8]);
    let mut model = model::<2>();
    let whole = pulled(&model.prepared(), &z, 0);
    model.prior.thinned = Some(K);
    assert_eq!(pulled(&model.prepared(), &z, 1), whole);

    model.prior.thinned = Some(20);
    let (prepared, draws) = (model.prepared(), 4000);
    let mut drawn = vec![Vec::new(); whole.len()];
    for step in 0..draws {
        let gradient = pulled(&prepared, &z, step);
        let rows = gradient[12..].chunks(3);
        let through = rows.filter(|of_row| of_row.iter().any(|g| *g != 0.0));
        assert!((19..=21).contains(&through.count()));
        for (drawn, g) in drawn.iter_mut().zip(gradient) {
            drawn.push(g);
        }
    }
    let n = draws as f64;
    let mut compared = 0;
    for (drawn, whole) in drawn.iter().zip(&whole) {
        // What is drawn once in a thousand steps tells nothing.
        if drawn.iter().filter(|g| **g != 0.0).count() < 40 {
            continue;
        }
        let mean = drawn.iter().sum::<f64>() / n;
        let square = drawn.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / n;
        let error = (square / n).sqrt();
        let near = (mean - whole).abs() < 5.0 * error + 1e-12;
        assert!(near, "{mean} against {whole} ± {error}");
        compared += 1;
    }
    assert!(compared > 12 + 3 * 30, "{compared}");
}

#[test]
fn gradients_are_those_of_differences() {
    let mut model = model::<2>();
    let z = codes::<2>(&[0.3, -0.2, 1.5, 0.8]);
    let gradients = gradients_of(&model, &z);
    let of_u = gradients.get(&model.prior.pseudo_inputs).as_vec();
    for (i, gradient) in of_u.iter().enumerate() {
        let mut at = |moved: f64| {
            vae_ops::as_mut_slice(&mut model.prior.pseudo_inputs)[i] += moved;
            batch_mean(model.prior().log_prob(&z)).array()
        };
        let (up, down) = (at(1e-5), at(-2e-5));
        at(1e-5);
        assert!((gradient - (up - down) / 2e-5).abs() < 1e-8);
    }
}

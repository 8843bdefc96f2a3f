//! The evidence lower bound, and its gradients over shards.

use dfdx::prelude::{BuildModule, Const, Cpu, PutTape, TensorFromVec};
use vae_architectures::{BernoulliDecoder, GaussianEncoder, Mlp, Vae};
use vae_losses::{Elbo, Examples, Objective, SHARD, Terms, differentiate};
use vae_ops::{Batch, GradTape, Gradients, as_slice, backward};
use vae_priors::StandardNormal;
use vae_reparam::Noise;
use vae_testkit::assert_close;

type X = Const<12>;
type Z = Const<3>;
type Model = Vae<
    GaussianEncoder<Mlp<X, Const<8>>, Z>,
    BernoulliDecoder<Mlp<Z, Const<8>>, X>,
    StandardNormal<Z>,
>;

/// Binary patterns, different for each example.
struct Patterns;

impl Examples<f32> for Patterns {
    fn len(&self) -> usize {
        150
    }

    fn load(&self, rows: &[usize], _: Noise) -> Vec<f32> {
        let pixel = |row: usize, i: usize| f32::from((row * 31 + i * 17) % 7 < 3);
        rows.iter()
            .flat_map(|row| (0..12).map(move |i| pixel(*row, i)))
            .collect()
    }
}

fn model() -> Model {
    Model::build(&Cpu::seed_from_u64(1))
}

fn batch(rows: &[usize]) -> Batch<X> {
    Cpu::default().tensor_from_vec(Patterns.load(rows, noise()), (rows.len(), Const))
}

fn noise() -> Noise {
    Noise::new(2, "latent")
}

fn gradient_of_first_weights(gradients: &Gradients<f32>, model: &Model) -> Vec<f32> {
    as_slice(&gradients.get(&model.encoder.body.weight)).to_vec()
}

#[test]
fn terms_fit_together() {
    for beta in [0.0, 1.0, 4.0] {
        let rows: Vec<usize> = (0..20).collect();
        let Terms {
            loss,
            elbo,
            reconstruction,
            kl,
            extras,
        } = Elbo { beta }.evaluate(&model(), batch(&rows), noise());
        let shown: &[_] = if beta == 1.0 { &[] } else { &[("beta", beta)] };
        assert_eq!(extras, shown);
        let mut expected = 0.0;
        for ((e, r), k) in as_slice(&elbo)
            .iter()
            .zip(as_slice(&reconstruction))
            .zip(as_slice(&kl))
        {
            assert_close((*e).into(), f64::from(-r - k), 1e-6);
            assert!(*r > 0.0 && *k > 0.0);
            expected += (f64::from(*r) + beta * f64::from(*k)) / 20.0;
        }
        assert_close(as_slice(&loss)[0].into(), expected, 1e-6);
    }
}

#[test]
fn the_tape_changes_nothing_but_the_gradients() {
    let plain = Elbo { beta: 1.0 }.evaluate(&model(), batch(&[0, 1, 2]), noise());
    let taped = Elbo { beta: 1.0 }.evaluate(
        &model(),
        batch(&[0, 1, 2]).put_tape(GradTape::for_data()),
        noise(),
    );
    assert_eq!(as_slice(&plain.elbo), as_slice(&taped.elbo));
    assert_eq!(as_slice(&plain.loss), as_slice(&taped.loss));
}

/// The shards' gradients add up to the gradient of the mean over the whole batch, each shard with noise of its own.
#[test]
fn shards_add_up_to_the_batch() {
    let (model, objective) = (model(), Elbo { beta: 1.0 });
    let rows: Vec<usize> = (0..SHARD + 37).collect();
    let (terms, gradients) = differentiate(&objective, &model, &Patterns, &rows, [noise(); 2]);
    assert_eq!([terms.len(), gradients.len()], [2; 2]);

    let mut expected = vec![0.0; 8 * 12];
    for (i, rows) in rows.chunks(SHARD).enumerate() {
        let terms = objective.evaluate(
            &model,
            batch(rows).put_tape(GradTape::for_data()),
            noise().part(i),
        );
        let gradients = backward(terms.loss, 1.0);
        let share = rows.len() as f32 / (SHARD + 37) as f32;
        for (e, g) in expected
            .iter_mut()
            .zip(gradient_of_first_weights(&gradients, &model))
        {
            *e += share * g;
        }
    }
    let mut sum = vec![0.0; expected.len()];
    for gradients in &gradients {
        sum.iter_mut()
            .zip(gradient_of_first_weights(gradients, &model))
            .for_each(|(s, g)| *s += g);
    }
    for (s, e) in sum.iter().zip(&expected) {
        assert_close((*s).into(), (*e).into(), 1e-6);
    }
    assert!(expected.iter().any(|e| e.abs() > 1e-3));
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (model, rows) = (model(), (0..150).collect::<Vec<usize>>());
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let (terms, gradients) = pool
            .install(|| differentiate(&Elbo { beta: 1.0 }, &model, &Patterns, &rows, [noise(); 2]));
        let mut values: Vec<f32> = terms.iter().flat_map(|t| t.elbo.as_vec()).collect();
        for shard in &gradients {
            values.extend(gradient_of_first_weights(shard, &model));
        }
        values.into_iter().map(f32::to_bits).collect::<Vec<u32>>()
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(4));
}

/// A model whose posterior is the prior, and whose decoder ignores the code: the bound is ln p(x) itself.
#[test]
fn the_bound_is_tight_where_nothing_is_encoded() {
    let mut model = model();
    for head in [&mut model.encoder.mean, &mut model.encoder.log_var] {
        head.weight.fill_with_zeros();
    }
    model.decoder.logits.weight.fill_with_zeros();
    let terms = Elbo { beta: 1.0 }.evaluate(&model, batch(&[3, 4]), noise());
    assert_eq!(as_slice(&terms.kl), [0.0; 2]);
    for elbo in as_slice(&terms.elbo) {
        assert_close((*elbo).into(), -12.0 * 2f64.ln(), 1e-6);
    }
}

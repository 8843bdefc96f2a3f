//! The number of threads changes how fast a model trains, and nothing else.

use dfdx::prelude::TensorCollection;
use vae::architectures::{BatchNorm, Dropout};
use vae::losses::differentiate;
use vae::ops::as_slice;
use vae::prelude::*;

type X = Const<784>;
type H = Const<100>;
type Z = Const<8>;
type Plain = Vae<GaussianEncoder<Mlp<X, H>, Z>, BernoulliDecoder<Mlp<Z, H>, X>, StandardNormal<Z>>;
/// Layers that are not the same in training as in evaluation.
type Body<I> = (Linear<I, H, Relu>, BatchNorm<H>, Dropout<H, 20>);
type Noisy = Vae<GaussianEncoder<Body<X>, Z>, BernoulliDecoder<Body<Z>, X>, StandardNormal<Z>>;

/// 200 pictures of a bar.
struct Bars;

impl Examples<f32> for Bars {
    fn len(&self) -> usize {
        200
    }

    fn load(&self, rows: &[usize], _: Noise) -> Vec<f32> {
        let pixel = |row: usize, i: usize| f32::from(i / 28 == row % 28);
        let row = |row: &usize| (0..784).map(move |i| pixel(*row, i)).collect::<Vec<_>>();
        rows.iter().flat_map(row).collect()
    }
}

/// Steps of training from `first` on, of a model and its optimizer.
fn train<M>((mut model, mut adam): (M, Adam), first: u64, end: u64) -> (M, Adam)
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu> + Sync,
{
    let batch: Vec<usize> = (0..Bars.len()).collect();
    for step in first..end {
        let noise = [
            Noise::new(0, "data").at(step),
            Noise::new(0, "latent").at(step),
        ];
        let elbo = Elbo { beta: 1.0 };
        let (_, mut gradients) = differentiate(&elbo, &model, &Bars, &batch, noise);
        adam.update(&mut model, &mut gradients);
    }
    (model, adam)
}

/// The tensors that `of` names after 200 steps, which are the same to the bit with 1, 2 and 4 threads.
fn assert_same<M>(of: impl Fn(&M) -> Vec<&[f32]> + Sync)
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu> + BuildModule<Cpu, f32> + Send + Sync,
{
    let bits = |threads| -> Vec<u32> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().expect("a thread pool").install(|| {
            let model = M::build(&Cpu::seed_from_u64(0));
            let (model, _) = train((model, Adam::new(1e-3)), 0, 200);
            of(&model).concat().iter().map(|w| w.to_bits()).collect()
        })
    };
    let one = bits(1);
    assert!(one.len() >= 2 * 784 * 100);
    assert!(one == bits(2), "2 threads");
    assert!(one == bits(4), "4 threads");
}

#[test]
fn the_same_parameters_to_the_bit() {
    assert_same(|model: &Plain| {
        vec![
            as_slice(&model.encoder.body.weight),
            as_slice(&model.decoder.logits.weight),
        ]
    });
}

fn tensors(model: &Noisy) -> Vec<&[f32]> {
    let ((first, encoded, _), (_, decoded, _)) = (&model.encoder.body, &model.decoder.body);
    vec![
        as_slice(&first.weight),
        as_slice(&encoded.scale),
        as_slice(&encoded.running_mean),
        as_slice(&encoded.running_var),
        as_slice(&decoded.shift),
        as_slice(&decoded.running_mean),
        as_slice(&decoded.running_var),
        as_slice(&model.decoder.logits.weight),
    ]
}

#[test]
fn the_same_parameters_to_the_bit_with_dropout_and_batch_normalization() {
    assert_same(tensors);
}

#[test]
fn steps_computed_by_themselves_are_those_of_the_whole_run() {
    let start = || (Noisy::build(&Cpu::seed_from_u64(0)), Adam::new(1e-3));
    let (whole, _) = train(start(), 0, 6);
    let stopped = train(start(), 0, 3);
    let (resumed, _) = train(stopped.clone(), 3, 6);
    assert!(tensors(&resumed) == tensors(&whole));
    let (elsewhere, _) = train(stopped, 4, 7);
    for (a, b) in tensors(&elsewhere).into_iter().zip(tensors(&whole)) {
        assert_ne!(a, b);
    }
}

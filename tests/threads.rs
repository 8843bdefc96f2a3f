//! The number of threads changes how fast a model trains, and nothing else.

use vae::losses::differentiate;
use vae::ops::as_slice;
use vae::prelude::*;

type X = Const<784>;
type H = Const<100>;
type Z = Const<8>;
type Model = Vae<GaussianEncoder<Mlp<X, H>, Z>, BernoulliDecoder<Mlp<Z, H>, X>, StandardNormal<Z>>;

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

/// The parameters of the first and of the last layer after 200 steps.
fn train(threads: usize) -> Vec<u32> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().expect("a thread pool").install(|| {
        let mut model = Model::build(&Cpu::seed_from_u64(0));
        let mut adam = Adam::new(1e-3);
        let batch: Vec<usize> = (0..Bars.len()).collect();
        for step in 0..200 {
            let noise = [
                Noise::new(0, "data").at(step),
                Noise::new(0, "latent").at(step),
            ];
            let shards = differentiate(&Elbo { beta: 1.0 }, &model, &Bars, &batch, noise);
            let mut gradients: Vec<_> = shards.into_iter().map(|(_, g)| g).collect();
            adam.update(&mut model, &mut gradients);
        }
        let layers = [
            as_slice(&model.encoder.body.weight),
            as_slice(&model.decoder.logits.weight),
        ];
        layers.concat().iter().map(|w| w.to_bits()).collect()
    })
}

#[test]
fn the_same_parameters_to_the_bit_with_1_2_and_4_threads() {
    let one = train(1);
    assert_eq!(one.len(), 2 * 784 * 100);
    assert!(one == train(2), "2 threads");
    assert!(one == train(4), "4 threads");
}

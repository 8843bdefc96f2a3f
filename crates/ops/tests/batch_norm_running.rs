//! Running statistics: what shards leave for the optimizer, and what it makes of them.

use dfdx::prelude::*;
use vae_ops::{Adam, BatchStatistics, GradTape, Gradients, Images, Optimizer, Sgd, as_slice};
use vae_ops::{backward, batch_mean, batch_norm_running, clip_gradient_norm, sum_event};

type C = Const<2>;
type Rows<T = NoneTape> = Images<C, Const<1>, Const<1>, f64, T>;
type Column = Tensor<(C,), f64, Cpu>;

/// γ, β, and the running mean and variance.
#[derive(Clone)]
struct Model {
    affine: [Column; 2],
    running: BatchStatistics<C, f64>,
}

fn start() -> Model {
    let column = |values| Cpu::default().tensor(values);
    Model {
        affine: [column([1.0, 2.0]), column([0.5, 0.0])],
        running: BatchStatistics {
            mean: column([1.0, -1.0]),
            variance: column([4.0, 9.0]),
        },
    }
}

impl TensorCollection<f64, Cpu> for Model {
    type To<E2: Dtype, D2: Device<E2>> = ();

    fn iter_tensors<V: ModuleVisitor<Self, f64, Cpu>>(
        visitor: &mut V,
    ) -> Result<Option<()>, V::Err> {
        let (trained, detached) = (TensorOptions::reset_to_zeros, || {
            TensorOptions::detached(|t| t.try_fill_with_zeros())
        });
        visitor.visit_fields(
            (
                Self::tensor(
                    "mean",
                    |s| &s.running.mean,
                    |s| &mut s.running.mean,
                    detached(),
                ),
                Self::tensor("scale", |s| &s.affine[0], |s| &mut s.affine[0], trained()),
                Self::tensor(
                    "variance",
                    |s| &s.running.variance,
                    |s| &mut s.running.variance,
                    detached(),
                ),
                Self::tensor("shift", |s| &s.affine[1], |s| &mut s.affine[1], trained()),
            ),
            |_| (),
        )
    }
}

fn rows(values: &[[f64; 2]]) -> Rows {
    let shape = (values.len(), Const, Const, Const);
    Cpu::default().tensor_from_vec(values.concat(), shape)
}

impl Model {
    fn apply(&self, x: Rows<GradTape<f64>>, momentum: f64) -> Rows<GradTape<f64>> {
        let [scale, shift] = self.affine.each_ref().map(Tensor::retaped);
        batch_norm_running(x, &self.running, scale, shift, 1e-3, momentum)
    }

    /// The gradients of the mean of Σ y², times `weight`, after one call of the layer for each of the `inputs`.
    fn shard(&self, inputs: &[&[[f64; 2]]], weight: f64) -> Gradients<f64> {
        let tape = GradTape::for_data();
        let losses = inputs.iter().map(|x| {
            let y = self.apply(rows(x).put_tape(tape.clone()), 0.25);
            let y = y.reshape_like(&(x.len(), Const::<2>));
            batch_mean(sum_event([y], [], |[y], []| (y * y, [2.0 * y])))
        });
        backward(losses.reduce(|a, b| a + b).unwrap(), weight)
    }

    fn running(&self) -> [[f64; 2]; 2] {
        [&self.running.mean, &self.running.variance].map(|t| t.array())
    }
}

#[track_caller]
fn assert_running(model: &Model, expected: [[f64; 2]; 2]) {
    for (a, b) in model
        .running()
        .as_flattened()
        .iter()
        .zip(expected.as_flattened())
    {
        assert!(
            (a - b).abs() < 1e-12,
            "{:?} against {expected:?}",
            model.running()
        );
    }
}

/// Mean (2, 4), unbiased variance (2, 8).
const TWO: &[[f64; 2]] = &[[1.0, 2.0], [3.0, 6.0]];
/// Mean (3, 0), unbiased variance (9, 1).
const THREE: &[[f64; 2]] = &[[0.0, 1.0], [3.0, -1.0], [6.0, 0.0]];

fn follow([r, s]: [[[f64; 2]; 2]; 2]) -> [[f64; 2]; 2] {
    std::array::from_fn(|i| std::array::from_fn(|j| 0.75 * r[i][j] + 0.25 * s[i][j]))
}

const OF_TWO: [[f64; 2]; 2] = [[2.0, 4.0], [2.0, 8.0]];
const OF_THREE: [[f64; 2]; 2] = [[3.0, 0.0], [9.0, 1.0]];

#[test]
fn shards_count_by_their_weights() {
    let mut model = start();
    let mut shards = [model.shard(&[TWO], 0.4), model.shard(&[THREE], 0.6)];
    let seen = [[2.6, 1.6], [6.2, 3.8]];
    let expected = follow([model.running(), seen]);
    Sgd::new(0.0).update(&mut model, &mut shards);
    assert_running(&model, expected);

    // A maximized objective has negative weights.
    let mut model = start();
    let mut shards = [model.shard(&[TWO], -0.4), model.shard(&[THREE], -0.6)];
    Sgd::new(0.0).update(&mut model, &mut shards);
    assert_running(&model, expected);
}

#[test]
fn calls_of_one_layer_count_in_their_order() {
    let mut model = start();
    let expected = follow([follow([model.running(), OF_TWO]), OF_THREE]);
    let mut shards = [model.shard(&[TWO, THREE], 1.0)];
    Sgd::new(0.0).update(&mut model, &mut shards);
    assert_running(&model, expected);
}

#[test]
fn a_single_row_is_normalized_by_the_running_statistics_and_leaves_none() {
    let mut model = start();
    let x = rows(&[[3.0, 2.0]]);
    let taped = model.apply(x.clone().put_tape(GradTape::new()), 0.25);
    let [scale, shift] = model.affine.clone();
    let without = batch_norm_running(x, &model.running, scale, shift, 1e-3, 0.25);
    assert_eq!(as_slice(&taped), as_slice(&without));
    let by_hand = (3.0 - 1.0) / 4.001f64.sqrt() + 0.5;
    assert!((as_slice(&taped)[0] - by_hand).abs() < 1e-12);

    let expected = follow([model.running(), OF_TWO]);
    let mut shards = [
        model.shard(&[TWO], 2.0 / 3.0),
        model.shard(&[&TWO[..1]], 1.0 / 3.0),
    ];
    Sgd::new(0.0).update(&mut model, &mut shards);
    assert_running(&model, expected);

    let mut shards = [model.shard(&[&TWO[..1]], 1.0)];
    Sgd::new(0.0).update(&mut model, &mut shards);
    assert_running(&model, expected);
}

#[test]
fn optimizers_and_clipping_leave_running_tensors_alone() {
    let mut model = start();
    let mut shards = [model.shard(&[TWO], 1.0)];
    let expected = follow([model.running(), OF_TWO]);
    let norm = clip_gradient_norm(&model, &mut shards, 1e-3);
    let of_trained = model.affine.each_ref().map(|p| {
        let gradient = shards[0].get(p).array();
        gradient.iter().map(|g| g * g).sum::<f64>()
    });
    assert!(norm > 1e-3 && (of_trained.iter().sum::<f64>().sqrt() - 1e-3).abs() < 1e-12);
    assert_eq!(shards[0].get(&model.running.mean).array(), [0.0; 2]);

    let mut adam: Adam<f64> = Adam::new(0.1);
    adam.update(&mut model, &mut shards);
    assert_running(&model, expected);
    assert_eq!(adam.state.moments.len(), 2);
    assert_ne!(model.affine[0].array(), start().affine[0].array());
    // The next step finds the moments of its own parameters, and without shards nothing moves.
    adam.update(&mut model, &mut []);
    assert_running(&model, expected);
}

#[test]
fn an_update_finds_the_tensors_of_a_model_that_was_copied() {
    let mut model = start();
    let mut shards = [model.shard(&[TWO], 1.0)];
    let (copy, expected) = (model.clone(), follow([model.running(), OF_TWO]));
    Sgd::new(0.0).update(&mut model, &mut shards);
    assert_running(&model, expected);
    assert_running(&copy, start().running());
}

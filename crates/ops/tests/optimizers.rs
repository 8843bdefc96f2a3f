//! Every optimizer against the trajectory of PyTorch's, its state across a restart, and clipping.

use dfdx::prelude::*;
use vae_ops::{Adam, AdamW, Adamax, Optimizer, OptimizerState, RmsProp, Sgd};
use vae_ops::{Batch, GradTape, Gradients, Identity, Real, as_slice, backward, batch_mean};
use vae_ops::{clip_gradient_norm, elementwise, linear, sum_event, sum_over};

/// The problem of golden/optimizers.py: five parameters in two tensors.
type Model = (Tensor<Rank1<3>, f64, Cpu>, Tensor<Rank1<2>, f64, Cpu>);

fn start() -> Model {
    let device = Cpu::default();
    (
        device.tensor([1.0, -1.25, 1.5]),
        device.tensor([-1.75, 2.0]),
    )
}

fn values(model: &Model) -> Vec<f64> {
    [as_slice(&model.0), as_slice(&model.1)].concat()
}

/// f of the parameters from the `first` on.
fn loss<const N: usize>(
    theta: &Tensor<Rank1<N>, f64, Cpu>,
    first: usize,
    tape: &GradTape<f64>,
) -> Tensor<Rank0, f64, Cpu, GradTape<f64>> {
    let device = Cpu::default();
    let of_index =
        |f: fn(f64) -> f64| device.tensor(std::array::from_fn(|i| f((first + i) as f64)));
    let (curvature, target) = (of_index(|i| 1.0 + i / 2.0), of_index(|i| (3.0 - i) / 2.0));
    let terms = elementwise(
        [theta.clone().put_tape(tape.clone())],
        [curvature, target],
        |[x], [c, t]| {
            let value = c * (x * x / 2.0 - t * x) + x.powi(4) / 4.0;
            (value, [c * (x - t) + x.powi(3)])
        },
    );
    sum_over(terms, Axis::<0>)
}

/// `weight` times the gradient of f.
fn gradients(model: &Model, weight: f64) -> Gradients<f64> {
    let tape = GradTape::new();
    let total = loss(&model.0, 0, &tape) + loss(&model.1, 3, &tape);
    backward(total, weight)
}

fn follow(mut optimizer: impl Optimizer<f64>, name: &str) {
    let mut model = start();
    let golden = include_str!("golden/optimizers.csv").lines();
    let golden = golden.filter_map(|line| line.strip_prefix(name)?.strip_prefix(','));
    let mut steps = 0;
    for line in golden {
        let row: Vec<f64> = line.split(',').map(|x| x.parse().unwrap()).collect();
        // In shards, which add up.
        let mut shards = [0.25, 0.75].map(|weight| gradients(&model, weight));
        optimizer.update(&mut model, &mut shards);
        steps += 1;
        assert_eq!((steps, optimizer.state().step), (row[0] as u64, steps));
        for (ours, theirs) in values(&model).iter().zip(&row[1..]) {
            let error = (ours - theirs).abs();
            assert!(
                error < 1e-12,
                "{name}, step {steps}: {ours} against {theirs}"
            );
        }
    }
    assert_eq!(steps, 20, "{name}");
}

fn momentum(nesterov: bool) -> Sgd<f64> {
    Sgd {
        momentum: 0.9,
        nesterov,
        ..Sgd::new(0.05)
    }
}

fn rmsprop(centered: bool) -> RmsProp<f64> {
    RmsProp {
        decay: 0.9,
        centered,
        ..RmsProp::new(0.05)
    }
}

fn adamw() -> AdamW<f64> {
    AdamW {
        weight_decay: 0.1,
        ..AdamW::new(0.05)
    }
}

#[test]
fn follows_the_trajectories_of_pytorch() {
    follow(Sgd::new(0.05), "sgd");
    follow(momentum(false), "momentum");
    follow(momentum(true), "nesterov");
    follow(rmsprop(false), "rmsprop");
    follow(rmsprop(true), "rmsprop_centered");
    follow(Adam::new(0.05), "adam");
    follow(adamw(), "adamw");
    follow(Adamax::new(0.05), "adamax");
}

fn assert_resumes<O: Optimizer<f64>>(make: impl Fn() -> O) {
    let run = |optimizer: &mut O, model: &mut Model, steps: usize| {
        for _ in 0..steps {
            let gradients = gradients(model, 1.0);
            optimizer.update(model, &mut [gradients]);
        }
    };
    let (mut through, mut resumed) = (start(), start());
    run(&mut make(), &mut through, 20);

    let mut stopped = make();
    run(&mut stopped, &mut resumed, 9);
    let saved = serde_json::to_string(stopped.state()).unwrap();
    let mut optimizer = make();
    *optimizer.state() = serde_json::from_str(&saved).unwrap();
    run(&mut optimizer, &mut resumed, 11);
    assert_eq!(values(&through), values(&resumed));
}

#[test]
fn resumes_exactly_from_its_saved_state() {
    assert_resumes(|| Sgd::new(0.05));
    assert_resumes(|| momentum(true));
    assert_resumes(|| rmsprop(false));
    assert_resumes(|| rmsprop(true));
    assert_resumes(|| Adam::new(0.05));
    assert_resumes(adamw);
    assert_resumes(|| Adamax::new(0.05));
}

#[test]
fn keeps_no_more_than_it_needs() {
    fn kept(mut optimizer: impl Optimizer<f64>) -> Vec<[usize; 2]> {
        let mut model = start();
        let gradients = gradients(&model, 1.0);
        optimizer.update(&mut model, &mut [gradients]);
        let moments = &optimizer.state().moments;
        moments.iter().map(|m| m.each_ref().map(Vec::len)).collect()
    }
    assert_eq!(kept(Sgd::new(0.1)), [[0, 0], [0, 0]]);
    assert_eq!(kept(momentum(false)), [[3, 0], [2, 0]]);
    assert_eq!(kept(rmsprop(false)), [[3, 0], [2, 0]]);
    assert_eq!(kept(rmsprop(true)), [[3, 3], [2, 2]]);
    assert_eq!(kept(Adamax::new(0.1)), [[3, 3], [2, 2]]);
}

#[test]
#[should_panic(expected = "a model with other parameters")]
fn refuses_the_state_of_a_larger_model() {
    let mut optimizer = Adam::new(0.05);
    optimizer.state = OptimizerState {
        step: 1,
        moments: vec![
            [vec![0.0; 3], vec![0.0; 3]],
            [vec![0.0; 2], vec![0.0; 2]],
            Default::default(),
        ],
        ..Default::default()
    };
    let mut model = start();
    let gradients = gradients(&model, 1.0);
    optimizer.update(&mut model, &mut [gradients]);
}

#[test]
#[should_panic(expected = "a model with other parameters")]
fn refuses_the_state_of_other_shapes() {
    let mut optimizer = momentum(false);
    optimizer.state.moments = vec![[vec![0.0; 7], vec![]]];
    let mut model = start();
    let gradients = gradients(&model, 1.0);
    optimizer.update(&mut model, &mut [gradients]);
}

/// Large enough for several chunks, the last one incomplete.
type Large<E> = Tensor<Rank1<40_003>, E, Cpu>;

/// `count` shards of made-up gradients for a model.
fn made_up<E: Real>(model: &Large<E>, count: usize) -> Vec<Gradients<E>> {
    let value = |s: usize, i: usize| (i as f64 * 0.7 + s as f64).sin();
    (0..count)
        .map(|s| made_of(model, |i| value(s, i)))
        .collect()
}

/// One shard, with given gradients.
fn made_of<E: Real>(model: &Large<E>, value: impl Fn(usize) -> f64) -> Gradients<E> {
    let mut gradients = dfdx::prelude::Gradients::leaky();
    let slot = gradients.get_or_alloc_mut(model).unwrap();
    for (i, g) in slot.iter_mut().enumerate() {
        *g = E::of(value(i));
    }
    gradients.into()
}

/// The sum of the shards, rounded as an update rounds it.
fn sum_of<E: Real>(model: &Large<E>, shards: &[Gradients<E>]) -> Vec<f64> {
    let mut sum = as_slice(&shards[0].get(model)).to_vec();
    for gradients in &shards[1..] {
        let gradient = gradients.get(model);
        let terms = as_slice(&gradient).iter();
        sum.iter_mut().zip(terms).for_each(|(s, g)| *s += *g);
    }
    sum.iter().map(|g| g.as_f64()).collect()
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn assert_clips<E: Real>(tolerance: f64)
where
    Cpu: Device<E>,
{
    let model: Large<E> = Cpu::default().zeros();
    for count in [1, 3] {
        let mut shards = made_up(&model, count);
        let before = sum_of(&model, &shards);
        let exact = norm(&before);

        // Short enough already: the gradient stays as it is, to the bit.
        for max_norm in [exact * 1.001, f64::INFINITY] {
            let measured = clip_gradient_norm(&model, &mut shards, max_norm);
            assert!(
                (measured - exact).abs() < 1e-12 * exact,
                "{measured} against {exact}"
            );
            assert_eq!(sum_of(&model, &shards), before);
        }
        let measured = clip_gradient_norm(&model, &mut shards, 2.0);
        assert!(
            (measured - exact).abs() < 1e-12 * exact,
            "{measured} against {exact}"
        );
        let after = sum_of(&model, &shards);
        assert!((norm(&after) - 2.0).abs() < tolerance, "{}", norm(&after));
        for (after, before) in after.iter().zip(&before) {
            assert!(
                (after - before * 2.0 / exact).abs() < tolerance,
                "{after} from {before}"
            );
        }
    }
}

#[test]
fn clips_the_norm_of_the_sum_of_the_shards() {
    assert_clips::<f64>(1e-13);
    assert_clips::<f32>(1e-6);
}

#[test]
fn clips_all_parameters_together() {
    let model = start();
    let gradient = gradients(&model, 1.0);
    let flat = [
        gradient.get(&model.0).as_vec(),
        gradient.get(&model.1).as_vec(),
    ]
    .concat();
    let mut shards = [gradient];
    let measured = clip_gradient_norm(&model, &mut shards, 0.5);
    assert!((measured - norm(&flat)).abs() < 1e-14 * measured);
    let clipped = [
        shards[0].get(&model.0).as_vec(),
        shards[0].get(&model.1).as_vec(),
    ]
    .concat();
    assert!((norm(&clipped) - 0.5).abs() < 1e-15);
}

#[test]
fn leaves_a_gradient_that_is_not_finite_and_says_so() {
    let model: Large<f32> = Cpu::default().zeros();
    for bad in [f32::NAN, f32::INFINITY] {
        let mut shards = made_up(&model, 1);
        shards.push(made_of(&model, |i| if i == 17 { bad.into() } else { 1.0 }));
        let before = as_slice(&shards[0].get(&model)).to_vec();
        assert!(!clip_gradient_norm(&model, &mut shards, 1.0).is_finite());
        assert_eq!(as_slice(&shards[0].get(&model)), before);
    }
    // Squares that `f32` could not hold.
    let mut shards = [made_of(&model, |i| if i == 17 { 3e38 } else { 1.0 })];
    assert_eq!(clip_gradient_norm(&model, &mut shards, 1.0) as f32, 3e38);
}

#[test]
fn adds_up_the_shards_in_every_chunk() {
    let mut model: Large<f64> = Cpu::default().zeros();
    let mut shards = made_up(&model, 3);
    let sum = sum_of(&model, &shards);
    Sgd::new(0.5).update(&mut model, &mut shards);
    for (i, (theta, g)) in as_slice(&model).iter().zip(sum).enumerate() {
        assert_eq!(*theta, -0.5 * g, "element {i}");
    }
}

#[test]
fn single_precision_follows_double() {
    let mut double: Large<f64> = Cpu::default().zeros();
    let mut single: Large<f32> = Cpu::default().zeros();
    let (mut fine, mut coarse) = (Adam::new(0.01), Adam::new(0.01));
    for _ in 0..3 {
        let (mut d, mut s) = (made_up(&double, 2), made_up(&single, 2));
        fine.update(&mut double, &mut d);
        coarse.update(&mut single, &mut s);
    }
    for (i, (d, s)) in as_slice(&double).iter().zip(as_slice(&single)).enumerate() {
        assert!(
            (d - s.as_f64()).abs() < 1e-6,
            "element {i}: {s} against {d}"
        );
    }
}

/// The gradient of a weight that is large enough to be left as a product, and of the same weight where it is not.
#[test]
fn a_product_is_the_gradient_that_it_stands_for() {
    type Traced = Tensor<Rank2<300, 257>, f64, Cpu, GradTape<f64>>;
    let device = Cpu::default();
    let weight: Tensor<Rank2<300, 257>, f64, _> = device.tensor_from_vec(
        (0..77_100).map(|i| f64::from(i).sin()).collect(),
        (Const, Const),
    );
    let bias: Tensor<Rank1<300>, f64, _> = device.zeros();
    let x: Batch<Const<257>, f64> = device.tensor_from_vec(
        (0..5 * 257).map(|i| f64::from(i).cos()).collect(),
        (5, Const),
    );
    let loss = |weight: Traced, penalty: Option<Traced>| {
        let y = linear(x.retaped(), weight, bias.retaped(), Identity);
        let squares = batch_mean(sum_event([y], [], |[y], []| (y * y, [2.0 * y])));
        match penalty {
            // A second way from the same weight to the loss, through an operation of another kind.
            Some(weight) => squares + Tensor::square(weight).sum(),
            None => squares,
        }
    };
    let shared = GradTape::new();
    let product = || backward(loss(weight.retaped(), None), 0.5);
    // With anything recorded before, the tape no longer starts at the weight.
    let (_, recorded) = bias.clone().put_tape(shared).square().split_tape();
    let dense = backward(loss(weight.clone().put_tape(recorded), None), 0.5);
    let both = backward(loss(weight.retaped(), Some(weight.retaped())), 0.5);

    let expected = dense.get(&weight).as_vec();
    assert!(expected.iter().any(|g| g.abs() > 1.0));
    for (a, b) in product().get(&weight).as_vec().iter().zip(&expected) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "{a} against {b}");
    }
    let penalized = expected.iter().zip(as_slice(&weight)).map(|(g, w)| g + w);
    for (a, b) in both.get(&weight).as_vec().iter().zip(penalized) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "{a} against {b}");
    }

    // And an optimizer steps along it, over all shards, as along the dense one; clipping scales it.
    let mut stepped = [weight.clone(), weight.clone()];
    let mut shards = [[product(), product()], [dense.clone(), dense]];
    for (weight, shards) in stepped.iter_mut().zip(&mut shards) {
        clip_gradient_norm(weight, shards, 1e-3);
        Sgd::new(1.0).update(weight, shards);
    }
    let [a, b] = stepped.map(|w| w.as_vec());
    assert_ne!(a, weight.as_vec());
    for (a, b) in a.iter().zip(&b) {
        assert!((a - b).abs() <= 1e-15, "{a} against {b}");
    }
}

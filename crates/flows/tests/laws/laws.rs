use dfdx::prelude::*;
use std::f64::consts::TAU;
use vae_flows::{Flow, no_context};
use vae_ops::{Batch, GradTape, Real, as_slice, backward, columns, concat};
use vae_testkit::{assert_close, assert_module_grad, edit_parameters, spread, weighted_sum};

const BATCH: usize = 4;

/// A flow with well-spread parameters within ±size: those it starts with make about the identity.
pub fn filled<E: Real, F: BuildModule<Cpu, E>>(size: f64) -> F
where
    Cpu: Device<E>,
{
    let mut flow = F::build(&Cpu::seed_from_u64(0));
    let mut stream = 2;
    edit_parameters(&mut flow, |_, values| {
        let spread = spread::<E>(stream, values.len());
        let pairs = values.iter_mut().zip(spread);
        pairs.for_each(|(value, number)| *value = E::of(size) * number);
        stream += 1;
    });
    flow
}

/// Numbers within ±size.
pub fn rows<N: ConstDim, E: Real>(stream: usize, size: f64) -> Batch<N, E>
where
    Cpu: Device<E>,
{
    let numbers = spread::<E>(stream, BATCH * N::SIZE);
    let numbers = numbers.into_iter().map(|x| E::of(size) * x).collect();
    Cpu::default().tensor_from_vec(numbers, (BATCH, N::default()))
}

/// f⁻¹(f(x)) = x and f(f⁻¹(y)) = y, with opposite determinants.
#[track_caller]
pub fn round_trips<N: ConstDim, C: ConstDim, E: Real, F>(size: f64, tolerance: f64)
where
    F: Flow<E, Event = N, Context = C> + BuildModule<Cpu, E>,
    Cpu: Device<E>,
{
    let (flow, context) = (filled::<E, F>(size), rows::<C, E>(1, 1.0));
    // Splines end at ±3: in and out of them.
    for reach in [2.0, 6.0] {
        let x = rows::<N, E>(0, reach);
        let (y, there) = flow.forward(&x, &context);
        let (back, back_log_det) = flow.inverse(&y, &context);
        close(&back, &x, tolerance);
        let (z, inverse_log_det) = flow.inverse(&x, &context);
        let (forth, forth_log_det) = flow.forward(&z, &context);
        close(&forth, &x, tolerance);
        for (a, b) in [(there, back_log_det), (inverse_log_det, forth_log_det)] {
            for (a, b) in as_slice(&a).iter().zip(as_slice(&b)) {
                assert_close(a.as_f64(), -b.as_f64(), 10.0 * tolerance);
            }
        }
    }
}

#[track_caller]
pub fn close<N: ConstDim, E: Real>(a: &Batch<N, E>, b: &Batch<N, E>, tolerance: f64) {
    for (a, b) in as_slice(a).iter().zip(as_slice(b)) {
        assert_close(a.as_f64(), b.as_f64(), tolerance);
    }
}

/// ∂yᵢ/∂xⱼ and ∂yᵢ/∂cⱼ of each example, by i, (B, N) and (B, C) each; and y and ln |det|.
pub fn jacobian<N: ConstDim, C: ConstDim, F: Flow<f64, Event = N, Context = C>>(
    flow: &F,
    x: &Batch<N, f64>,
    context: &Batch<C, f64>,
) -> (Vec<[Vec<f64>; 2]>, Vec<f64>) {
    let mut log_dets = Vec::new();
    let rows = (0..N::SIZE).map(|i| {
        let tape = GradTape::new();
        let traced = x.clone().put_tape(tape.clone());
        let (y, log_det) = flow.forward(&traced, &context.clone().put_tape(tape));
        log_dets = log_det.as_vec();
        let element: Batch<Const<1>, f64, _> = columns(y, i, Const);
        let gradients = backward(weighted_sum(element, |_| 1.0), 1.0);
        [
            as_slice(&gradients.get(x)).to_vec(),
            as_slice(&gradients.get(context)).to_vec(),
        ]
    });
    (rows.collect(), log_dets)
}

/// ln |det A|, by elimination with pivots.
fn log_abs_det(mut a: Vec<Vec<f64>>) -> f64 {
    let mut sum = 0.0;
    for k in 0..a.len() {
        let pivot = (k..a.len()).max_by(|i, j| a[*i][k].abs().total_cmp(&a[*j][k].abs()));
        a.swap(k, pivot.unwrap());
        sum += a[k][k].abs().ln();
        let (done, rest) = a.split_at_mut(k + 1);
        for row in rest {
            let factor = row[k] / done[k][k];
            let pairs = row.iter_mut().zip(&done[k]);
            pairs.for_each(|(x, pivot)| *x -= factor * pivot);
        }
    }
    sum
}

#[track_caller]
fn log_det_is_that_of_the_jacobian<N: ConstDim, C: ConstDim, F>(flow: &F)
where
    F: Flow<f64, Event = N, Context = C>,
{
    let context = rows(1, 1.0);
    for size in [2.0, 6.0] {
        let (jacobian, log_dets) = jacobian(flow, &rows(0, size), &context);
        for (b, log_det) in log_dets.iter().enumerate() {
            let row = |[of_x, _]: &[Vec<f64>; 2]| of_x[b * N::SIZE..][..N::SIZE].to_vec();
            let matrix = jacobian.iter().map(row).collect();
            assert_close(*log_det, log_abs_det(matrix), 1e-8);
        }
    }
}

#[track_caller]
fn gradients<N: ConstDim, C: ConstDim, F>(flow: &F)
where
    F: Flow<f64, Event = N, Context = C> + BuildModule<Cpu, f64> + Clone,
{
    let both = concat(
        rows::<N, f64>(0, 2.0),
        rows::<C, f64>(1, 1.0),
        N::SIZE + C::SIZE,
    );
    for forward in [true, false] {
        assert_module_grad(flow, &both, |flow, both| {
            let x = columns(both.clone(), 0, N::default());
            let context = columns(both, N::SIZE, C::default());
            let (y, log_det) = match forward {
                true => flow.forward(&x, &context),
                false => flow.inverse(&x, &context),
            };
            concat(y, log_det.reshape_like(&(BATCH, Const::<1>)), N::SIZE + 1)
        });
    }
}

#[track_caller]
pub fn all<N: ConstDim, C: ConstDim, F>()
where
    F: Flow<f64, Event = N, Context = C> + BuildModule<Cpu, f64> + Clone,
{
    round_trips::<N, C, f64, F>(0.8, 1e-10);
    let flow = filled::<f64, F>(0.8);
    log_det_is_that_of_the_jacobian(&flow);
    gradients(&flow);
}

/// ∫ p(f⁻¹(y)) |det ∂f⁻¹/∂y| dy = 1 for p = N(0, I) in two dimensions, by the trapezoidal rule.
#[track_caller]
pub fn density_integrates_to_one<N: ConstDim, F>()
where
    F: Flow<f64, Event = N, Context = Const<0>> + BuildModule<Cpu, f64>,
{
    // Milder than elsewhere: the grid has to resolve the steepest slopes.
    let flow = filled::<f64, F>(0.4);
    let (side, step) = (500, 0.06);
    let place = |i: usize| step * (i as f64 - 0.5 * side as f64);
    let points = (0..side * side).flat_map(|i| [place(i / side), place(i % side)]);
    let shape = (side * side, N::default());
    let y: Batch<N, f64> = Cpu::default().tensor_from_vec(points.collect(), shape);
    let (x, log_det) = flow.inverse(&y, &no_context(shape.0));
    let rows = as_slice(&x).chunks(2).zip(as_slice(&log_det));
    let densities =
        rows.map(|(x, log_det)| (log_det - 0.5 * (x[0] * x[0] + x[1] * x[1])).exp() / TAU);
    let mass = step * step * densities.sum::<f64>();
    assert!((mass - 1.0).abs() < 1e-3, "a mass of {mass}");
}

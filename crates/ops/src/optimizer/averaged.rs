use super::{ANOTHER_MODEL, Optimizer, OptimizerState, Pass};
use crate::{Gradients, Real, as_mut_slice, as_slice};
use dfdx::prelude::{Cpu, Device, Shape, Tensor, TensorCollection};

/// An optimizer that keeps an exponential moving average of the weights beside them, the model to [evaluate](Optimizer::evaluated)
/// and to use (Polyak & Juditsky 1992; Kingma & Ba 2015, section 7.2).
///
/// After step t: θ̄ ← d θ̄ + (1 − d) θ with d = min(`decay`, t/(t + 9)), so that the average is not held back by the initial weights;
/// it starts with θ after the first step. What gets no gradient, such as running statistics, is as the model has it.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{Averaged, Optimizer, Sgd};
///
/// let mut w = Cpu::default().tensor(0.0f64);
/// let mut sgd = Averaged { optimizer: Sgd::new(1.0), decay: 0.999 };
/// for _ in 0..2 {
///     let falling = -w.leaky_trace();
///     sgd.update(&mut w, &mut [falling.backward().into()]);
/// }
/// // Of 1 and 2, with d = 2/11.
/// assert_eq!(w.array(), 2.0);
/// assert!((sgd.evaluated(&w).unwrap().array() - 20.0 / 11.0).abs() < 1e-15);
/// ```
#[derive(Clone, Debug)]
pub struct Averaged<O> {
    /// What makes the steps.
    pub optimizer: O,
    /// d, such as 0.999.
    pub decay: f64,
}

impl<E: Real, O: Optimizer<E>> Optimizer<E> for Averaged<O> {
    of_inside!(rule);

    fn update<M: TensorCollection<E, Cpu>>(&mut self, model: &mut M, shards: &mut [Gradients<E>])
    where
        Cpu: Device<E>,
    {
        let before = self.state().step;
        self.optimizer.update(model, shards);
        let decay = self.decay;
        let state = self.state();
        if state.step == before {
            return;
        }
        let t = state.step as f64;
        let follow = Follow {
            keep: E::of(decay.min(t / (t + 9.0))),
            average: &mut state.average,
            parameter: 0,
        };
        let parameters = follow.over(model).parameter;
        assert_eq!(parameters, state.average.len(), "{ANOTHER_MODEL}");
    }

    fn evaluated<M: TensorCollection<E, Cpu> + Clone>(&mut self, model: &M) -> Option<M>
    where
        Cpu: Device<E>,
    {
        let state = self.state();
        if state.average.is_empty() {
            return None;
        }
        let mut averaged = model.clone();
        assert!(state.put_average(&mut averaged), "{ANOTHER_MODEL}");
        Some(averaged)
    }
}

impl<E: Real> OptimizerState<E>
where
    Cpu: Device<E>,
{
    /// Gives a model the average in the place of its weights, if there is one. Whether it is of this model; if not, the model stays
    /// as it is.
    pub fn put_average<M: TensorCollection<E, Cpu>>(&self, model: &mut M) -> bool {
        let lengths: Vec<usize> = self.average.iter().map(Vec::len).collect();
        let fits = lengths.is_empty() || Lengths(Vec::new()).over(model).0 == lengths;
        if fits && !lengths.is_empty() {
            Replace(self.average.iter()).over(model);
        }
        fits
    }
}

/// Moves the average towards the weights.
struct Follow<'a, E> {
    keep: E,
    average: &'a mut Vec<Vec<E>>,
    parameter: usize,
}

impl<E: Real> Pass<E> for Follow<'_, E>
where
    Cpu: Device<E>,
{
    fn trained<S: Shape>(&mut self, parameter: &mut Tensor<S, E, Cpu>) {
        let theta = as_slice(parameter);
        match self.average.get_mut(self.parameter) {
            Some(average) => {
                assert_eq!(average.len(), theta.len(), "{ANOTHER_MODEL}");
                follow(average, theta, self.keep);
            }
            None => self.average.push(theta.to_vec()),
        }
        self.parameter += 1;
    }
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn follow<E: Real>(average: &mut [E], theta: &[E], keep: E) {
    let add = E::one() - keep;
    for (average, theta) in average.iter_mut().zip(theta) {
        *average = keep * *average + add * *theta;
    }
}

/// How many elements each parameter has.
struct Lengths(Vec<usize>);

impl<E: Real> Pass<E> for Lengths
where
    Cpu: Device<E>,
{
    fn trained<S: Shape>(&mut self, parameter: &mut Tensor<S, E, Cpu>) {
        self.0.push(as_slice(parameter).len());
    }
}

/// Puts the average in the place of the weights.
struct Replace<'a, E>(std::slice::Iter<'a, Vec<E>>);

impl<E: Real> Pass<E> for Replace<'_, E>
where
    Cpu: Device<E>,
{
    fn trained<S: Shape>(&mut self, parameter: &mut Tensor<S, E, Cpu>) {
        let average = self.0.next().expect(ANOTHER_MODEL);
        as_mut_slice(parameter).copy_from_slice(average);
    }
}

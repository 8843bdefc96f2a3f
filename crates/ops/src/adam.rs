use crate::{Real, as_mut_slice};
use dfdx::prelude::{
    Cpu, Device, Gradients, RecursiveWalker, Shape, Tensor, TensorCollection, TensorOptions,
};
use dfdx::prelude::{TensorVisitor, ViewTensorMut};
use multiversion::multiversion;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Adam (Kingma & Ba 2015, algorithm 1), over the parameters of a `TensorCollection`.
///
/// With gradient g at step t: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², and
/// θ ← θ − α · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{backward, Adam, GradTape};
///
/// let mut w = Cpu::default().tensor(1.0f32);
/// let mut adam = Adam::new(0.1);
/// for _ in 0..100 {
///     let loss = w.clone().put_tape(GradTape::new()).square();
///     let gradients = backward(loss, 1.0, w.alloc_grads());
///     adam.update(&mut w, &mut [gradients]);
/// }
/// assert!(w.array().abs() < 0.02);
/// ```
#[derive(Clone, Debug)]
pub struct Adam<E = f32> {
    /// Step size α.
    pub learning_rate: f64,
    /// Decay rates β₁ and β₂ of the moments.
    pub betas: [f64; 2],
    /// ε, added to the root of the second moment.
    pub epsilon: f64,
    /// What has to be saved to resume training.
    pub state: AdamState<E>,
}

/// The step count and the moments of [`Adam`], in the order in which the model visits its parameters.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct AdamState<E> {
    /// Number of updates made.
    pub step: u64,
    /// First and second moment of each parameter; empty before the first update.
    pub moments: Vec<[Vec<E>; 2]>,
}

impl<E: Real> Adam<E> {
    /// With the paper's β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    pub fn new(learning_rate: f64) -> Self {
        let state = AdamState {
            step: 0,
            moments: Vec::new(),
        };
        Self {
            learning_rate,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            state,
        }
    }

    /// Makes one step along the sum of `shards`, the gradients of the parts of a batch, added up in their order.
    pub fn update<M: TensorCollection<E, Cpu>>(
        &mut self,
        model: &mut M,
        shards: &mut [Gradients<E, Cpu>],
    ) where
        Cpu: Device<E>,
    {
        self.state.step += 1;
        let mut update = Update {
            adam: self,
            shards,
            parameter: 0,
        };
        let Ok(_) = M::iter_tensors(&mut RecursiveWalker {
            m: model,
            f: &mut update,
        });
    }
}

/// One pass over the parameters.
struct Update<'a, E: Real> {
    adam: &'a mut Adam<E>,
    shards: &'a mut [Gradients<E, Cpu>],
    parameter: usize,
}

impl<E: Real> TensorVisitor<E, Cpu> for Update<'_, E>
where
    Cpu: Device<E>,
{
    type Viewer = ViewTensorMut;
    type Err = std::convert::Infallible;
    type E2 = E;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, E, Cpu>,
        parameter: &mut Tensor<S, E, Cpu>,
    ) -> Result<Option<Tensor<S, E, Cpu>>, Self::Err> {
        if options.do_gradient_update {
            self.step(parameter);
        }
        Ok(None)
    }
}

impl<E: Real> Update<'_, E> {
    fn step<S: Shape>(&mut self, parameter: &mut Tensor<S, E, Cpu>) {
        let slots = self
            .shards
            .iter_mut()
            .map(|gradients| gradients.get_or_alloc_mut(parameter));
        let mut shards: Vec<&mut [E]> = slots
            .map(|slot| &mut slot.expect("memory for gradients")[..])
            .collect();
        let (sum, others) = shards
            .split_first_mut()
            .expect("gradients of at least one shard");

        let Adam {
            learning_rate,
            betas,
            epsilon,
            ref mut state,
        } = *self.adam;
        if self.parameter == state.moments.len() {
            state
                .moments
                .push(std::array::from_fn(|_| vec![E::zero(); sum.len()]));
        }
        let [m, v] = &mut state.moments[self.parameter];
        self.parameter += 1;

        let unbias = betas.map(|beta| 1.0 / (1.0 - beta.powf(state.step as f64)));
        let rates = Rates {
            keep: betas.map(E::of),
            add: betas.map(|beta| E::of(1.0 - beta)),
            alpha: E::of(learning_rate * unbias[0]),
            unbias_v: E::of(unbias[1]),
            epsilon: E::of(epsilon),
        };
        let gradient = sum.par_chunks_mut(CHUNK).enumerate().map(|(i, sum)| {
            for other in others.iter() {
                add(sum, &other[i * CHUNK..][..sum.len()]);
            }
            &*sum
        });
        let moments = m.par_chunks_mut(CHUNK).zip(v.par_chunks_mut(CHUNK));
        let parameter = as_mut_slice(parameter).par_chunks_mut(CHUNK);
        gradient
            .zip(parameter)
            .zip(moments)
            .for_each(|((g, p), (m, v))| descend(p, g, m, v, &rates));
    }
}

/// Elements that a thread works on at a time. Each element's update is its own, so threads change no result.
const CHUNK: usize = 16_384;

/// The constants of one step.
struct Rates<E> {
    keep: [E; 2],
    add: [E; 2],
    alpha: E,
    unbias_v: E,
    epsilon: E,
}

#[multiversion(targets = "simd")]
fn descend<E: Real>(p: &mut [E], g: &[E], m: &mut [E], v: &mut [E], rates: &Rates<E>) {
    for (((p, g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
        *m = rates.keep[0] * *m + rates.add[0] * *g;
        *v = rates.keep[1] * *v + rates.add[1] * *g * *g;
        *p -= rates.alpha * *m / ((*v * rates.unbias_v).sqrt() + rates.epsilon);
    }
}

#[multiversion(targets = "simd")]
fn add<E: Real>(sum: &mut [E], other: &[E]) {
    sum.iter_mut().zip(other).for_each(|(s, g)| *s += *g);
}

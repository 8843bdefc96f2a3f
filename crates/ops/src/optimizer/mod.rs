//! Gradient descent and its kin: each file holds an algorithm's rule for one element, this one applies it to a model.

/// Of an optimizer around another, the functions that are those of the one inside.
macro_rules! of_inside {
    (rule) => {
        fn averages(&self) -> usize {
            self.optimizer.averages()
        }

        fn rule(&self, step: u64) -> impl Fn(E, E, [E; 2]) -> (E, [E; 2]) + Send + Sync {
            self.optimizer.rule(step)
        }

        fn state(&mut self) -> &mut OptimizerState<E> {
            self.optimizer.state()
        }
    };
    (evaluated) => {
        fn evaluated<M: TensorCollection<E, Cpu> + Clone>(&mut self, model: &M) -> Option<M>
        where
            Cpu: Device<E>,
        {
            self.optimizer.evaluated(model)
        }
    };
}

mod accumulated;
mod adam;
mod adamax;
mod adamw;
mod averaged;
mod clip;
mod clipped;
mod muon;
mod rmsprop;
mod schedule;
mod scheduled;
mod sgd;

pub use accumulated::Accumulated;
pub use adam::{Adam, AdamState};
pub use adamax::Adamax;
pub use adamw::AdamW;
pub use averaged::Averaged;
pub use clip::clip_gradient_norm;
pub use clipped::Clipped;
pub use muon::Muon;
pub use rmsprop::RmsProp;
pub use schedule::{cosine, milestones, ramp, stairs};
pub use scheduled::Scheduled;
pub use sgd::Sgd;

use crate::gradients::GradientSum;
use crate::norm::track;
use crate::{Gradients, Real, as_mut_slice};
use dfdx::prelude::{
    Cpu, Device, HasShape, RecursiveWalker, Shape, Tensor, TensorCollection, TensorOptions,
};
use dfdx::prelude::{TensorVisitor, ViewTensorMut};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// A first-order optimizer: a rule for one element, applied to all parameters of a model.
///
/// An implementation gives the rule, as the algorithm is printed in its paper, and says how much it remembers:
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{Optimizer, OptimizerState, Real};
///
/// /// Steps of one length, whatever the gradient's: θ ← θ − α sign(g) (Riedmiller & Braun 1993, without adaptation).
/// struct SignDescent {
///     alpha: f64,
///     state: OptimizerState<f32>,
/// }
///
/// impl Optimizer for SignDescent {
///     fn averages(&self) -> usize {
///         0
///     }
///
///     fn rule(&self, _step: u64) -> impl Fn(f32, f32, [f32; 2]) -> (f32, [f32; 2]) + Send + Sync {
///         let alpha = self.alpha as f32;
///         move |theta, g, averages| (theta - alpha * g.signum(), averages)
///     }
///
///     fn state(&mut self) -> &mut OptimizerState<f32> {
///         &mut self.state
///     }
/// }
///
/// let mut w = Cpu::default().tensor([1.0f32, -2.0]);
/// let gradients = w.leaky_trace().square().sum::<Rank0, _>().backward();
/// SignDescent { alpha: 0.5, state: Default::default() }.update(&mut w, &mut [gradients.into()]);
/// assert_eq!(w.array(), [0.5, -1.5]);
/// ```
pub trait Optimizer<E: Real = f32> {
    /// How many running averages it keeps for every element: 0, 1 or 2.
    fn averages(&self) -> usize;

    /// Step t = 1, 2, … for one element: (θ, g, averages) ↦ (θ, averages). The averages are 0 before the first step, and
    /// an average that is not kept is 0 at every step.
    fn rule(&self, step: u64) -> impl Fn(E, E, [E; 2]) -> (E, [E; 2]) + Send + Sync;

    /// What has to be saved to resume training.
    fn state(&mut self) -> &mut OptimizerState<E>;

    /// Makes one step along the sum of `shards`, the gradients of the parts of a batch, added up in their order.
    ///
    /// Tensors without gradient, the running averages of [`batch_norm_running`](crate::batch_norm_running), move towards
    /// what the shards saw; nothing is remembered of them.
    ///
    /// # Panics
    /// If the state was saved with another model.
    fn update<M: TensorCollection<E, Cpu>>(&mut self, model: &mut M, shards: &mut [Gradients<E>])
    where
        Cpu: Device<E>,
    {
        let mut state = std::mem::take(self.state());
        state.step += 1;
        let update = Update {
            rule: self.rule(state.step),
            averages: self.averages(),
            moments: &mut state.moments,
            shards,
            parameter: 0,
        };
        let parameters = update.over(model).parameter;
        assert_eq!(parameters, state.moments.len(), "{ANOTHER_MODEL}");
        *self.state() = state;
    }

    /// The model to evaluate and to use, where it is not the one that is trained: see [`Averaged`].
    fn evaluated<M: TensorCollection<E, Cpu> + Clone>(&mut self, _model: &M) -> Option<M>
    where
        Cpu: Device<E>,
    {
        None
    }
}

const ANOTHER_MODEL: &str = "the state of the optimizer belongs to a model with other parameters";

/// The step count and the running averages of an [`Optimizer`], in the order in which the model visits its parameters.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct OptimizerState<E> {
    /// Number of updates made.
    pub step: u64,
    /// The averages of each parameter, such as first and second moment: nothing before the first update, and empty where
    /// the optimizer keeps fewer than two.
    pub moments: Vec<[Vec<E>; 2]>,
    /// The average of each parameter, if it is [`Averaged`].
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub average: Vec<Vec<E>>,
    /// The sum of the gradients of each parameter since the last step, if they are [`Accumulated`].
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Vec<E>>,
    /// Of how many batches that is.
    #[serde(default)]
    pub pending_batches: u64,
}

/// One pass over the parameters.
struct Update<'a, E: Real, R> {
    rule: R,
    averages: usize,
    moments: &'a mut Vec<[Vec<E>; 2]>,
    shards: &'a mut [Gradients<E>],
    parameter: usize,
}

impl<E: Real, R: Fn(E, E, [E; 2]) -> (E, [E; 2]) + Sync> Pass<E> for Update<'_, E, R>
where
    Cpu: Device<E>,
{
    fn trained<S: Shape>(&mut self, parameter: &mut Tensor<S, E, Cpu>) {
        let sum = GradientSum::of(parameter, self.shards);
        let len = parameter.shape().num_elements();
        if self.parameter == self.moments.len() {
            self.moments.push(Default::default());
        }
        let moments = &mut self.moments[self.parameter];
        self.parameter += 1;
        for average in moments.iter_mut().take(self.averages) {
            if average.is_empty() {
                *average = vec![E::zero(); len];
            }
        }
        for average in &*moments {
            assert!([0, len].contains(&average.len()), "{ANOTHER_MODEL}");
        }

        let chunk = sum.chunk();
        let [mut m, mut v] = moments.each_mut().map(|average| average.chunks_mut(chunk));
        let chunks: Vec<_> = as_mut_slice(parameter)
            .chunks_mut(chunk)
            .map(|p| (p, [&mut m, &mut v].map(|a| a.next().unwrap_or_default())))
            .collect();
        let descend = |gradient: &mut Vec<E>, (i, (p, averages)): (usize, (&mut [E], _))| {
            sum.fill(i * chunk..i * chunk + p.len(), gradient);
            descend(p, gradient, averages, &self.rule);
        };
        // Each element's update is its own, so threads change no result; what is small is not worth waking them up for.
        if chunks.len() > 1 {
            let chunks = chunks.into_par_iter().enumerate();
            chunks.for_each_init(Vec::new, descend);
        } else {
            let gradient = &mut Vec::new();
            let chunks = chunks.into_iter().enumerate();
            chunks.for_each(|chunk| descend(gradient, chunk));
        }
    }
    fn untrained<S: Shape>(&mut self, average: &mut Tensor<S, E, Cpu>) {
        track(average, self.shards);
    }
}

/// What is done with the tensors of a model, whatever their shapes.
trait Pass<E: Real>: Sized
where
    Cpu: Device<E>,
{
    fn trained<S: Shape>(&mut self, parameter: &mut Tensor<S, E, Cpu>);

    fn untrained<S: Shape>(&mut self, _average: &mut Tensor<S, E, Cpu>) {}

    fn over<M: TensorCollection<E, Cpu>>(mut self, model: &mut M) -> Self {
        let Ok(_) = M::iter_tensors(&mut RecursiveWalker {
            m: model,
            f: &mut Each(&mut self),
        });
        self
    }
}

struct Each<'a, P>(&'a mut P);

impl<E: Real, P: Pass<E>> TensorVisitor<E, Cpu> for Each<'_, P>
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
        tensor: &mut Tensor<S, E, Cpu>,
    ) -> Result<Option<Tensor<S, E, Cpu>>, Self::Err> {
        if options.do_gradient_update {
            self.0.trained(tensor);
        } else {
            self.0.untrained(tensor);
        }
        Ok(None)
    }
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn descend<E: Real>(
    p: &mut [E],
    g: &[E],
    averages: [&mut [E]; 2],
    rule: &impl Fn(E, E, [E; 2]) -> (E, [E; 2]),
) {
    let zero = E::zero();
    match averages {
        [[], _] => {
            for (p, g) in p.iter_mut().zip(g) {
                (*p, _) = rule(*p, *g, [zero; 2]);
            }
        }
        [m, []] => {
            for ((p, g), m) in p.iter_mut().zip(g).zip(m) {
                (*p, [*m, _]) = rule(*p, *g, [*m, zero]);
            }
        }
        [m, v] => {
            for (((p, g), m), v) in p.iter_mut().zip(g).zip(m).zip(v) {
                (*p, [*m, *v]) = rule(*p, *g, [*m, *v]);
            }
        }
    }
}

use crate::{Gradients, Real, Scalar};
use dfdx::prelude::{Cpu, CpuError, Merge, NoneTape, SplitTape, Tape, Unit};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

/// A tape that operations of this workspace can record on: [`GradTape`] while training, `NoneTape` while evaluating.
pub trait Record<E: Unit>: Tape<E, Cpu> + Clone + 'static {
    /// Whether anyone can ask for the gradient of the tensor that carries this tape. False for data and for anything
    /// untaped, so that an operation can skip that half of its backward pass.
    fn wants_gradient(&self) -> bool;

    /// Whether nothing was recorded before: the tensor that carries this tape is a parameter.
    fn is_leaf(&self) -> bool;

    /// An empty tape for what nobody will ask the gradient of.
    fn for_data() -> Self;

    /// This tape, for a value that nobody will ask the gradient of: [`for_data`](Self::for_data) that stays in the same
    /// forward pass.
    fn as_data(&self) -> Self;

    /// The next so many uniform numbers of the forward pass, for a layer that is random in training; `None` from a tape
    /// without a source of them, see [`GradTape::with_uniforms`].
    fn uniforms(&self, count: usize) -> Option<Vec<E>>;

    /// Records an operation that adds to the gradients of the tensors at these addresses. `add_backward_op`, which
    /// operations of `dfdx` use, leaves open where it adds to.
    fn record<F>(&mut self, inputs: &[usize], operation: F)
    where
        F: 'static + FnOnce(&mut Gradients<E>) -> Result<(), CpuError>;
}

impl<E: Unit> Record<E> for NoneTape {
    fn wants_gradient(&self) -> bool {
        false
    }

    fn is_leaf(&self) -> bool {
        false
    }

    fn for_data() -> Self {
        Self
    }

    fn as_data(&self) -> Self {
        Self
    }

    fn uniforms(&self, _: usize) -> Option<Vec<E>> {
        None
    }

    fn record<F>(&mut self, _: &[usize], _: F)
    where
        F: 'static + FnOnce(&mut Gradients<E>) -> Result<(), CpuError>,
    {
    }
}

/// What has been recorded.
struct Operations<E: Unit> {
    list: Vec<(u64, BackwardOp<E>)>,
    /// The tensors whose gradients they add to; `None` if that is not known of all.
    inputs: Option<BTreeSet<usize>>,
    /// Whether there ever was one: the list may have moved to another tape.
    recorded: bool,
    /// Shared with the tapes that this one was merged into.
    uniforms: Option<Rc<Uniforms<E>>>,
}

/// A source of uniform numbers.
struct Uniforms<E> {
    fill: Box<dyn Fn(usize, &mut [E])>,
    /// How often it was drawn from.
    calls: Cell<usize>,
}

type BackwardOp<E> = Box<dyn FnOnce(&mut Gradients<E>) -> Result<(), CpuError>>;

impl<E: Unit> Default for Operations<E> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            inputs: Some(BTreeSet::new()),
            recorded: false,
            uniforms: None,
        }
    }
}

/// A tape shared by all tensors of one forward pass.
///
/// Cloning a tensor clones a handle to the same tape, so a value may be used any number of times without the
/// `with_empty_tape` of `dfdx::OwnedTape`, and every output of an operation stays differentiable.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{backward, GradTape};
///
/// let w = Cpu::default().tensor(3.0f32);
/// let traced = w.clone().put_tape(GradTape::new());
/// let loss = traced.clone().square() + traced; // w² + w
/// let gradients = backward(loss, 1.0);
/// assert_eq!(gradients.get(&w).array(), 7.0);
/// ```
#[derive(Clone)]
pub struct GradTape<E: Unit = f32> {
    operations: Rc<RefCell<Operations<E>>>,
    data: bool,
}

impl<E: Unit> GradTape<E> {
    /// An empty tape, for a tensor whose gradient is wanted.
    pub fn new() -> Self {
        Self {
            operations: Rc::default(),
            data: false,
        }
    }

    fn push(&mut self, operation: BackwardOp<E>) {
        thread_local!(static TIME: Cell<u64> = const { Cell::new(0) });
        let time = TIME.replace(TIME.get() + 1);
        let mut operations = self.operations.borrow_mut();
        operations.list.push((time, operation));
        operations.recorded = true;
        drop(operations);
        // What an operation returns may depend on parameters, whatever its input was.
        self.data = false;
    }

    /// An empty tape, for data: nobody will ask for its gradient, so the first layer does not compute it.
    pub fn for_data() -> Self {
        Self {
            operations: Rc::default(),
            data: true,
        }
    }

    /// The tape with a source of numbers uniform on (0, 1), for layers that are random in training, such as
    /// [`dropout`](crate::dropout): `fill(call, numbers)`, where `call` = 0, 1, … counts the draws of the forward pass.
    ///
    /// Every tensor that depends on one with this tape has it too.
    ///
    /// ```
    /// use dfdx::prelude::*;
    /// use vae_ops::{GradTape, Record};
    ///
    /// let tape = GradTape::for_data().with_uniforms(|call, u| u.fill([0.25, 0.75][call]));
    /// let x = Cpu::default().tensor([1.0f32, 2.0]).put_tape(tape);
    /// let weight = Cpu::default().tensor([3.0, 4.0]).put_tape(GradTape::new());
    /// let (_, tape) = (weight * x).split_tape();
    /// assert_eq!(tape.uniforms(2), Some(vec![0.25, 0.25]));
    /// assert_eq!(tape.uniforms(1), Some(vec![0.75]));
    /// assert_eq!(GradTape::<f32>::new().uniforms(1), None);
    /// ```
    pub fn with_uniforms(self, fill: impl Fn(usize, &mut [E]) + 'static) -> Self {
        self.operations.borrow_mut().uniforms = Some(Rc::new(Uniforms {
            fill: Box::new(fill),
            calls: Cell::new(0),
        }));
        self
    }
}

impl<E: Unit> Default for GradTape<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Unit> Record<E> for GradTape<E> {
    fn wants_gradient(&self) -> bool {
        !self.data
    }

    fn is_leaf(&self) -> bool {
        !self.data && !self.operations.borrow().recorded
    }

    fn for_data() -> Self {
        Self::for_data()
    }

    fn as_data(&self) -> Self {
        Self {
            operations: self.operations.clone(),
            data: true,
        }
    }

    fn uniforms(&self, count: usize) -> Option<Vec<E>> {
        let source = self.operations.borrow().uniforms.clone()?;
        let mut numbers = vec![E::default(); count];
        let call = source.calls.replace(source.calls.get() + 1);
        (source.fill)(call, &mut numbers);
        Some(numbers)
    }

    fn record<F>(&mut self, inputs: &[usize], operation: F)
    where
        F: 'static + FnOnce(&mut Gradients<E>) -> Result<(), CpuError>,
    {
        if let Some(known) = &mut self.operations.borrow_mut().inputs {
            known.extend(inputs);
        }
        self.push(Box::new(operation));
    }
}

impl<E: Unit> Tape<E, Cpu> for GradTape<E> {
    const OWNS_TAPE: bool = true;

    fn add_backward_op<F>(&mut self, operation: F)
    where
        F: 'static + FnOnce(&mut dfdx::prelude::Gradients<E, Cpu>) -> Result<(), CpuError>,
    {
        self.operations.borrow_mut().inputs = None;
        self.push(Box::new(|gradients| operation(&mut gradients.slots)));
    }
}

impl<E: Unit> Merge<NoneTape> for GradTape<E> {
    fn merge(mut self, _: NoneTape) -> Self {
        self.data = false;
        self
    }
}

impl<E: Unit> Merge<GradTape<E>> for GradTape<E> {
    fn merge(mut self, other: Self) -> Self {
        if !Rc::ptr_eq(&self.operations, &other.operations) {
            // Handles to the other tape that are still out there bring what they record later when they merge.
            let mut ours = self.operations.borrow_mut();
            let mut theirs = other.operations.borrow_mut();
            ours.list.append(&mut theirs.list);
            ours.recorded |= theirs.recorded;
            if ours.uniforms.is_none() {
                ours.uniforms.clone_from(&theirs.uniforms);
            }
            ours.inputs = match (ours.inputs.take(), &theirs.inputs) {
                (Some(ours), Some(theirs)) => Some(&ours | theirs),
                _ => None,
            };
            drop(ours);
        }
        self.data = false;
        self
    }
}

/// Back-propagates from `loss`: `weight` · ∂loss/∂parameter for every parameter.
///
/// A `weight` other than 1 serves for a loss that is one of several terms, such as a shard of a batch.
///
/// # Panics
/// If memory runs out.
pub fn backward<E: Real>(loss: Scalar<E, GradTape<E>>, weight: E) -> Gradients<E> {
    let (loss, tape) = loss.split_tape();
    let mut operations = tape.operations.borrow_mut();
    let mut list = std::mem::take(&mut operations.list);
    let mut gradients = Gradients::new(operations.inputs.clone(), weight.as_f64());
    drop(operations);
    gradients
        .slots
        .get_or_alloc_mut(&loss)
        .expect("memory for gradients")[0] = weight;
    // Merged tapes bring their operations out of order.
    list.sort_by_key(|(time, _)| *time);
    for (_, operation) in list.into_iter().rev() {
        operation(&mut gradients).expect("memory for gradients");
    }
    gradients
}

use crate::{Real, Scalar};
use dfdx::prelude::{Cpu, CpuError, Gradients, Merge, NoneTape, SplitTape, Tape, Unit};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A tape that operations of this workspace can record on: [`GradTape`] while training, `NoneTape` while evaluating.
pub trait Record<E: Unit>: Tape<E, Cpu> + Clone + 'static {
    /// Whether anyone can ask for the gradient of the tensor that carries this tape. False for data and for anything
    /// untaped, so that an operation can skip that half of its backward pass.
    fn wants_gradient(&self) -> bool;
}

impl<E: Unit> Record<E> for NoneTape {
    fn wants_gradient(&self) -> bool {
        false
    }
}

type BackwardOp<E> = Box<dyn FnOnce(&mut Gradients<E, Cpu>) -> Result<(), CpuError>>;
type Operations<E> = Rc<RefCell<Vec<(u64, BackwardOp<E>)>>>;

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
/// let gradients = backward(loss, 1.0, Gradients::leaky());
/// assert_eq!(gradients.get(&w).array(), 7.0);
/// ```
#[derive(Clone)]
pub struct GradTape<E: Unit = f32> {
    operations: Operations<E>,
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

    /// An empty tape, for data: nobody will ask for its gradient, so the first layer does not compute it.
    pub fn for_data() -> Self {
        Self {
            operations: Rc::default(),
            data: true,
        }
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
}

impl<E: Unit> Tape<E, Cpu> for GradTape<E> {
    const OWNS_TAPE: bool = true;

    fn add_backward_op<F>(&mut self, operation: F)
    where
        F: 'static + FnOnce(&mut Gradients<E, Cpu>) -> Result<(), CpuError>,
    {
        thread_local!(static TIME: Cell<u64> = const { Cell::new(0) });
        let time = TIME.replace(TIME.get() + 1);
        self.operations
            .borrow_mut()
            .push((time, Box::new(operation)));
        // What an operation returns may depend on parameters, whatever its input was.
        self.data = false;
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
            self.operations
                .borrow_mut()
                .append(&mut other.operations.borrow_mut());
        }
        self.data = false;
        self
    }
}

/// Back-propagates from `loss` and adds `weight` · ∂loss/∂parameter to `gradients`.
///
/// `gradients` comes from `model.alloc_grads()`, which also makes it forget everything but the parameters' gradients.
/// A `weight` other than 1 serves for a loss that is one of several terms, such as a shard of a batch.
///
/// # Panics
/// If memory runs out.
pub fn backward<E: Real>(
    loss: Scalar<E, GradTape<E>>,
    weight: E,
    mut gradients: Gradients<E, Cpu>,
) -> Gradients<E, Cpu> {
    let (loss, tape) = loss.split_tape();
    gradients
        .get_or_alloc_mut(&loss)
        .expect("memory for gradients")[0] = weight;
    let mut operations = tape.operations.take();
    // Merged tapes bring their operations out of order.
    operations.sort_by_key(|(time, _)| *time);
    for (_, operation) in operations.into_iter().rev() {
        operation(&mut gradients).expect("memory for gradients");
    }
    gradients.drop_non_leafs();
    gradients
}

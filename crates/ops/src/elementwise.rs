use crate::gradients::address;
use crate::{Real, Record, as_slice};
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, Shape, SplitTape, Tensor, TensorFromVec};

/// Applies one expression to `K` differentiable inputs and `C` constants, element by element, in one pass.
///
/// `f` maps the elements to the result's and to its `K` partial derivatives, which are kept for the backward pass where a
/// gradient is wanted, and else not worked out. All shapes are equal. Where the derivatives need not be written by hand,
/// there is [`formula`](crate::formula).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::elementwise;
///
/// let device = Cpu::default();
/// let (x, y, c) = (device.tensor([2.0, 3.0]), device.tensor([5.0, 7.0]), device.tensor([1.0, 0.0]));
/// let z = elementwise([x, y], [c], |[x, y], [c]| (x * y + c, [y, x]));
/// assert_eq!(z.array(), [11.0, 21.0]);
/// ```
///
/// # Panics
/// If the shapes differ, or without an input.
pub fn elementwise<const K: usize, const C: usize, S: Shape, E: Real, T: Record<E>>(
    inputs: [Tensor<S, E, Cpu, T>; K],
    constants: [Tensor<S, E, Cpu>; C],
    f: impl Fn([E; K], [E; C]) -> (E, [E; K]),
) -> Tensor<S, E, Cpu, T> {
    expression::<K, C, E, T, _>(&f, |f| apply(inputs, constants, f))
}

fn apply<const K: usize, const C: usize, S: Shape, E: Real, T: Record<E>>(
    inputs: [Tensor<S, E, Cpu, T>; K],
    constants: [Tensor<S, E, Cpu>; C],
    f: Expression<K, C, E>,
) -> Tensor<S, E, Cpu, T> {
    let (inputs, wanted, constants, mut tape) = split_all(inputs, constants);
    let (shape, device) = (*inputs[0].shape(), inputs[0].device().clone());
    let len = shape.num_elements();
    let mut out = Vec::with_capacity(len);
    let (xs, cs) = (slices(&inputs), slices(&constants));
    let partials = f.evaluate(len, wanted, xs, cs, &mut out);
    let out = device.tensor_from_vec(out, shape);

    if T::OWNS_TAPE {
        let (ghosts, out_ghost) = (inputs.each_ref().map(Tensor::ghost), out.ghost());
        tape.record(&inputs.each_ref().map(address), move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&out_ghost)?);
            for (ghost, partials) in ghosts.iter().zip(&partials) {
                if let Some(partials) = partials {
                    let grad = gradients.slots.get_or_alloc_mut(ghost)?;
                    add_products(grad, &grad_out, partials);
                }
            }
            Ok(())
        });
    }
    out.put_tape(tape)
}

/// Elements that are worked on at a time: few enough for the first-level cache.
const CHUNK: usize = 1024;

/// Elements of one step of a loop: whole vectors of every instruction set.
const LANES: usize = 16;

/// Where the values of an expression go.
pub(crate) trait Sink<E> {
    /// Takes the values from place `start` on; they come in order.
    fn take(&mut self, start: usize, values: &[E]);
}

impl<E: Real> Sink<E> for Vec<E> {
    fn take(&mut self, _: usize, values: &[E]) {
        self.extend_from_slice(values);
    }
}

/// An expression, for chunks of elements. It is called through pointers, so that no more than its loops are compiled for each.
pub(crate) struct Expression<'a, const K: usize, const C: usize, E> {
    value: &'a dyn Fn(Chunk<K, C, E>),
    differentiate: &'a dyn Fn(Chunk<K, C, E>),
}

/// A few groups of lanes of everything.
struct Chunk<'a, const K: usize, const C: usize, E> {
    xs: [&'a [[E; LANES]]; K],
    cs: [&'a [[E; LANES]]; C],
    values: &'a mut [[E; LANES]],
    partials: [&'a mut [[E; LANES]]; K],
}

/// What `then` makes of the expression `f`; without a tape, its derivatives are not even compiled.
pub(crate) fn expression<const K: usize, const C: usize, E: Real, T: Record<E>, R>(
    f: &impl Fn([E; K], [E; C]) -> (E, [E; K]),
    then: impl FnOnce(Expression<K, C, E>) -> R,
) -> R {
    let value = &|chunk: Chunk<K, C, E>| value(f, chunk);
    if T::OWNS_TAPE {
        let differentiate = &|chunk: Chunk<K, C, E>| differentiate(f, chunk);
        then(Expression {
            value,
            differentiate,
        })
    } else {
        then(Expression {
            value,
            differentiate: value,
        })
    }
}

/// Values and partial derivatives.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn differentiate<const K: usize, const C: usize, E: Real>(
    f: &impl Fn([E; K], [E; C]) -> (E, [E; K]),
    mut chunk: Chunk<K, C, E>,
) {
    for (lanes, values) in chunk.values.iter_mut().enumerate() {
        let (xs, cs) = (lanes_at(&chunk.xs, lanes), lanes_at(&chunk.cs, lanes));
        let mut partials = [[E::zero(); LANES]; K];
        for (i, value) in values.iter_mut().enumerate() {
            let terms;
            (*value, terms) = f(at(&xs, i), at(&cs, i));
            for (partials, term) in partials.iter_mut().zip(terms) {
                partials[i] = term;
            }
        }
        for (out, partials) in chunk.partials.iter_mut().zip(partials) {
            out[lanes] = partials;
        }
    }
}

/// Values alone.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn value<const K: usize, const C: usize, E: Real>(
    f: &impl Fn([E; K], [E; C]) -> (E, [E; K]),
    chunk: Chunk<K, C, E>,
) {
    for (lanes, values) in chunk.values.iter_mut().enumerate() {
        let (xs, cs) = (lanes_at(&chunk.xs, lanes), lanes_at(&chunk.cs, lanes));
        for (i, value) in values.iter_mut().enumerate() {
            (*value, _) = f(at(&xs, i), at(&cs, i));
        }
    }
}

/// Of each slice, one group.
#[inline(always)]
fn lanes_at<const K: usize, E: Real>(slices: &[&[[E; LANES]]; K], lanes: usize) -> [[E; LANES]; K] {
    let mut groups = [[E::zero(); LANES]; K];
    for (group, slice) in groups.iter_mut().zip(slices) {
        *group = slice[lanes];
    }
    groups
}

/// (What `map` calls is not always inlined, and then sizes are lost.)
#[inline(always)]
fn at<const K: usize, E: Real>(groups: &[[E; LANES]; K], i: usize) -> [E; K] {
    let mut elements = [E::zero(); K];
    for (element, group) in elements.iter_mut().zip(groups) {
        *element = group[i];
    }
    elements
}

impl<const K: usize, const C: usize, E: Real> Expression<'_, K, C, E> {
    /// Hands out the values in chunks and returns the partial derivatives that are wanted.
    ///
    /// Chunks run across the rows of a batch, and so hold whole vectors whatever the width of a row.
    pub(crate) fn evaluate(
        &self,
        len: usize,
        wanted: [bool; K],
        xs: [&[E]; K],
        cs: [&[E]; C],
        sink: &mut impl Sink<E>,
    ) -> [Option<Vec<E>>; K] {
        let work = if wanted.contains(&true) {
            self.differentiate
        } else {
            self.value
        };
        let mut values = [[E::zero(); LANES]; CHUNK / LANES];
        let mut terms = [[[E::zero(); LANES]; CHUNK / LANES]; K];
        let mut partials = wanted.map(|wanted| wanted.then(|| Vec::with_capacity(len)));
        let (x_ends, c_ends) = (xs.map(|x| end(&x[..len])), cs.map(|c| end(&c[..len])));
        for start in (0..len).step_by(CHUNK) {
            let n = CHUNK.min(len - start);
            let whole = n / LANES;
            work(Chunk {
                xs: xs.map(|x| groups(x, start, n)),
                cs: cs.map(|c| groups(c, start, n)),
                values: &mut values[..whole],
                partials: terms.each_mut().map(|terms| &mut terms[..whole]),
            });
            if !n.is_multiple_of(LANES) {
                work(Chunk {
                    xs: x_ends.each_ref().map(std::slice::from_ref),
                    cs: c_ends.each_ref().map(std::slice::from_ref),
                    values: &mut values[whole..=whole],
                    partials: terms.each_mut().map(|terms| &mut terms[whole..=whole]),
                });
            }
            sink.take(start, &values.as_flattened()[..n]);
            for (partials, terms) in partials.iter_mut().zip(&terms) {
                if let Some(partials) = partials {
                    partials.extend_from_slice(&terms.as_flattened()[..n]);
                }
            }
        }
        partials
    }
}

/// The whole groups of lanes among `n` elements.
fn groups<E>(x: &[E], start: usize, n: usize) -> &[[E; LANES]] {
    x[start..start + n].as_chunks().0
}

/// The elements after the last whole group of lanes, the last of them repeated: a loop of their own would be scalar.
fn end<E: Real>(x: &[E]) -> [E; LANES] {
    let end = x.as_chunks::<LANES>().1;
    std::array::from_fn(|i| match end {
        [] => E::zero(),
        end => end[i.min(end.len() - 1)],
    })
}

/// gradᵢ += aᵢ · bᵢ.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add_products<E: Real>(grad: &mut [E], a: &[E], b: &[E]) {
    for ((grad, a), b) in grad.iter_mut().zip(a).zip(b) {
        *grad += *a * *b;
    }
}

/// Makes all inputs contiguous, so that buffers and gradients line up, says whose gradient is wanted, checks that shapes
/// agree, and merges the tapes.
pub(crate) fn split_all<const K: usize, const C: usize, S: Shape, E: Real, T: Record<E>>(
    inputs: [Tensor<S, E, Cpu, T>; K],
    constants: [Tensor<S, E, Cpu>; C],
) -> ([Tensor<S, E, Cpu>; K], [bool; K], [Tensor<S, E, Cpu>; C], T) {
    let mut merged: Option<T> = None;
    let mut wanted = [true; K];
    let mut each_wanted = wanted.iter_mut();
    let inputs = inputs.map(|x| {
        let (x, tape) = x.contiguous().split_tape();
        if let Some(wanted) = each_wanted.next() {
            *wanted = T::OWNS_TAPE && tape.wants_gradient();
        }
        merged = Some(match merged.take() {
            Some(merged) => merged.merge(tape),
            None => tape,
        });
        x
    });
    let constants = constants.map(|c| c.contiguous());
    for t in inputs.iter().chain(&constants) {
        assert_eq!(
            t.shape(),
            inputs[0].shape(),
            "shapes of an element-wise operation differ"
        );
    }
    (inputs, wanted, constants, merged.unwrap_or_default())
}

pub(crate) fn slices<const K: usize, S: Shape, E: Real>(
    tensors: &[Tensor<S, E, Cpu>; K],
) -> [&[E]; K] {
    tensors.each_ref().map(as_slice)
}

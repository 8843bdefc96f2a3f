//! The one place where a tensor's buffer is borrowed. `dfdx` offers a copy of it only, and a training step would copy
//! several megabytes that way.

use dfdx::prelude::{Cpu, HasShape, Shape, Tensor, Unit};

/// The elements of a tensor as a slice, row after row.
///
/// # Panics
/// If the tensor is not contiguous: call `.contiguous()` first, which is free where it already is.
///
/// ```
/// use dfdx::prelude::*;
/// let t = Cpu::default().tensor([[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(vae_ops::as_slice(&t), [1.0, 2.0, 3.0, 4.0]);
/// ```
pub fn as_slice<S: Shape, E: Unit, T>(t: &Tensor<S, E, Cpu, T>) -> &[E] {
    let len = checked_len(t);
    if len == 0 {
        return &[];
    }
    let head = &raw const t[S::Concrete::default()];
    // SAFETY: `checked_len` has shown by bounds-checked indexing that the first and the last element lie in the one
    // `Vec<E>` behind `t`, `len - 1` elements apart, so all between them are initialized elements of that `Vec`. The
    // borrow of `t` keeps the `Vec` alive and unchanged for as long as the slice lives.
    unsafe { std::slice::from_raw_parts(head, len) }
}

/// The elements of a tensor as a mutable slice, row after row. Copies the buffer first if another tensor shares it.
///
/// # Panics
/// If the tensor is not contiguous.
pub fn as_mut_slice<S: Shape, E: Unit, T>(t: &mut Tensor<S, E, Cpu, T>) -> &mut [E] {
    let len = checked_len(t);
    if len == 0 {
        return &mut [];
    }
    // Mutable indexing makes the buffer unique; the copy has the layout of the original.
    let head = &raw mut t[S::Concrete::default()];
    // SAFETY: as in `as_slice`, and `t` is borrowed mutably for as long as the slice lives.
    unsafe { std::slice::from_raw_parts_mut(head, len) }
}

/// The number of elements, after checking that they lie in row-major order without gaps.
fn checked_len<S: Shape, E: Unit, T>(t: &Tensor<S, E, Cpu, T>) -> usize {
    let (shape, strides) = (t.shape().concrete(), t.shape().strides());
    let len = t.shape().num_elements();
    if len == 0 {
        return 0;
    }
    let mut last = S::Concrete::default();
    let address = |index: S::Concrete| &raw const t[index] as usize;
    let head = address(S::Concrete::default());
    for axis in 0..S::NUM_DIMS {
        last[axis] = shape[axis] - 1;
        let mut step = S::Concrete::default();
        step[axis] = usize::from(shape[axis] > 1);
        let expected = head + step[axis] * strides[axis] * size_of::<E>();
        assert_eq!(
            address(step),
            expected,
            "a tensor of shape {:?} is not contiguous",
            t.shape()
        );
    }
    assert_eq!(address(last), head + (len - 1) * size_of::<E>());
    len
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::*;

    #[test]
    fn borrows_what_the_tensor_holds() {
        let device = Cpu::default();
        let mut t = device.tensor([[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        let shared = t.clone();
        as_mut_slice(&mut t)[4] = 9.0;
        assert_eq!(as_slice(&t), [1.0, 2.0, 3.0, 4.0, 9.0, 6.0]);
        assert_eq!(as_slice(&shared), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(as_slice(&device.tensor(7.0f64)), [7.0]);
        let empty: Tensor<(usize, Const<3>), f32, _> = device.zeros_like(&(0, Const));
        assert!(as_slice(&empty).is_empty());
    }

    #[test]
    #[should_panic(expected = "not contiguous")]
    fn refuses_a_broadcast_tensor() {
        let t: Tensor<Rank2<3, 2>, f32, _> = Cpu::default().tensor([1.0, 2.0]).broadcast();
        as_slice(&t);
    }

    #[test]
    #[should_panic(expected = "not contiguous")]
    fn refuses_a_transposed_tensor() {
        let t: Tensor<Rank2<3, 2>, f32, _> = Cpu::default()
            .tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
            .permute();
        as_slice(&t);
    }
}

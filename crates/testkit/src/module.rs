//! Modules (layers, whole models) by their parameters: everything that visits its tensors is one.

use crate::gradient::weighted_sum;
use dfdx::nn::{ViewTensorMut, ViewTensorName, ViewTensorRef};
use dfdx::prelude::{
    AsArray, Cpu, Device, HasShape, RecursiveWalker, Shape, Tensor, TensorCollection,
    TensorOptions, TensorVisitor,
};
use std::convert::Infallible;
use vae_ops::{GradTape, Gradients, Real, as_mut_slice, as_slice, backward};

/// Asserts that the gradients of f(module, x) by x and by every trained parameter of the module agree with central
/// differences, to 10⁻⁶.
///
/// f has to be smooth where it is taken: at x and at the parameters as they are.
///
/// ```
/// use dfdx::prelude::*;
///
/// let (weight, x) = (Cpu::default().tensor([1.0, 2.0]), Cpu::default().tensor([3.0, -1.0]));
/// vae_testkit::assert_module_grad(&weight, &x, |weight, x| {
///     vae_ops::formula([weight.retaped(), x], |[weight, x]| weight * x)
/// });
/// ```
#[track_caller]
pub fn assert_module_grad<M, X: Shape, Y: Shape>(
    module: &M,
    x: &Tensor<X, f64, Cpu>,
    f: impl Fn(&M, Tensor<X, f64, Cpu, GradTape<f64>>) -> Tensor<Y, f64, Cpu, GradTape<f64>>,
) where
    M: TensorCollection<f64, Cpu> + Clone,
{
    let loss = |module: &M, x: &Tensor<X, f64, Cpu>| {
        let weights = |i: usize| 1.0 + 0.5 * number(0, i);
        weighted_sum(f(module, x.retaped()), weights)
    };
    let gradients = backward(loss(module, x), 1.0);
    let gradient = gradients.get(x);
    check("x", as_slice(&gradient), as_slice(x), |i, value| {
        let mut x = x.clone();
        as_mut_slice(&mut x)[i] = value;
        loss(module, &x).array()
    });

    let mut values = Vec::new();
    edit_parameters(&mut module.clone(), |_, of| values.push(of.to_vec()));
    let of_parameters = parameter_gradients(module, &gradients);
    assert_eq!(of_parameters.len(), values.len());
    for (k, ((name, gradient), values)) in of_parameters.iter().zip(&values).enumerate() {
        check(name, gradient, values, |i, value| {
            let (mut module, mut visited) = (module.clone(), 0);
            edit_parameters(&mut module, |_, of| {
                if visited == k {
                    of[i] = value;
                }
                visited += 1;
            });
            loss(&module, x).array()
        });
    }
}

/// `loss(i, value)` is the loss with another value at place i.
#[track_caller]
fn check(name: &str, gradient: &[f64], values: &[f64], loss: impl Fn(usize, f64) -> f64) {
    assert_eq!(gradient.len(), values.len());
    for (i, (value, analytic)) in values.iter().zip(gradient).enumerate() {
        let step = 1e-5 * (1.0 + value.abs());
        let numeric = (loss(i, value + step) - loss(i, value - step)) / (2.0 * step);
        assert!(
            (analytic - numeric).abs() <= 1e-6 * (1.0 + numeric.abs()),
            "the gradient by {name} at {i} is {analytic}, finite differences give {numeric}",
        );
    }
}

/// Calls `edit` with the shape and the elements of every trained parameter, in the module's order.
///
/// ```
/// use dfdx::prelude::*;
///
/// let mut pair = (Cpu::default().tensor([1.0f32, 2.0]), Cpu::default().tensor([[3.0f32]]));
/// vae_testkit::edit_parameters(&mut pair, |shape, values| values.fill(shape.len() as f32));
/// assert_eq!((pair.0.array(), pair.1.array()), ([1.0, 1.0], [[2.0]]));
/// ```
pub fn edit_parameters<E: Real, M: TensorCollection<E, Cpu>>(
    module: &mut M,
    edit: impl FnMut(&[usize], &mut [E]),
) where
    Cpu: Device<E>,
{
    let Ok(_) = M::iter_tensors(&mut RecursiveWalker {
        m: module,
        f: &mut Edit(edit),
    });
}

struct Edit<F>(F);

impl<E: Real, F: FnMut(&[usize], &mut [E])> TensorVisitor<E, Cpu> for Edit<F>
where
    Cpu: Device<E>,
{
    type Viewer = ViewTensorMut;
    type Err = Infallible;
    type E2 = E;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, E, Cpu>,
        parameter: &mut Tensor<S, E, Cpu>,
    ) -> Result<Option<Tensor<S, E, Cpu>>, Infallible> {
        if options.do_gradient_update {
            let shape = parameter.shape().concrete();
            (self.0)(shape.as_ref(), as_mut_slice(parameter));
        }
        Ok(None)
    }
}

/// The name of every trained parameter and its gradient, in the module's order.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{GradTape, backward};
///
/// let pair = (Cpu::default().tensor(2.0f64), Cpu::default().tensor(5.0f64));
/// let gradients = backward(pair.0.retaped::<GradTape<f64>>() * pair.1.retaped::<GradTape<f64>>(), 1.0);
/// let expected = [("0.".to_string(), vec![5.0]), ("1.".to_string(), vec![2.0])];
/// assert_eq!(vae_testkit::parameter_gradients(&pair, &gradients), expected);
/// ```
pub fn parameter_gradients<E: Real, M: TensorCollection<E, Cpu>>(
    module: &M,
    gradients: &Gradients<E>,
) -> Vec<(String, Vec<E>)>
where
    Cpu: Device<E>,
{
    let mut found = Vec::new();
    let Ok(_) = M::iter_tensors(&mut RecursiveWalker {
        m: (module, String::new()),
        f: &mut Collect {
            gradients,
            found: &mut found,
        },
    });
    found
}

struct Collect<'a, E: Real> {
    gradients: &'a Gradients<E>,
    found: &'a mut Vec<(String, Vec<E>)>,
}

impl<E: Real> TensorVisitor<E, Cpu> for Collect<'_, E>
where
    Cpu: Device<E>,
{
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = Infallible;
    type E2 = E;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, E, Cpu>,
        (parameter, name): (&Tensor<S, E, Cpu>, String),
    ) -> Result<Option<Tensor<S, E, Cpu>>, Infallible> {
        if options.do_gradient_update {
            let gradient = self.gradients.get(parameter);
            self.found.push((name, as_slice(&gradient).to_vec()));
        }
        Ok(None)
    }
}

/// Numbers that look random, from −1 to 1, exact in `f32`: the same in every run and easily computed elsewhere, by a hash
/// of the stream and the place (the finalizer of Steele, Lea & Flood's SplitMix, 2014).
///
/// ```
/// assert_eq!(vae_testkit::spread::<f32>(1, 2), [-0.64797497, -0.08186543]);
/// ```
pub fn spread<E: Real>(stream: usize, len: usize) -> Vec<E> {
    (0..len).map(|i| E::of(number(stream, i))).collect()
}

fn number(stream: usize, i: usize) -> f64 {
    let x = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let x = x.wrapping_add((stream as u64).wrapping_mul(0xd1b5_4a32_d192_ed03));
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 40) as f64 / f64::from(1 << 23) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::TensorFrom;

    #[test]
    #[should_panic(expected = "the gradient by 1. at 0 is 0, finite differences give")]
    fn refuses_a_parameter_that_gets_no_gradient() {
        let pair = (Cpu::default().tensor([2.0]), Cpu::default().tensor([3.0]));
        let x = Cpu::default().tensor([1.0]);
        assert_module_grad(&pair, &x, |(a, b), x| {
            let b = vae_ops::stop_gradient(&b.retaped());
            vae_ops::formula([x, a.retaped(), b], |[x, a, b]| x * a * b)
        });
    }
}

//! Initial values of parameters, for `iter_tensors` of a layer, or after `build`:
//! `init_orthogonal(&mut model.decoder.body.weight, 1.0)`.

mod orthogonal;
mod scaled;

pub use orthogonal::init_orthogonal;
pub use scaled::{
    init_kaiming_normal, init_kaiming_uniform, init_xavier_normal, init_xavier_uniform,
};

use crate::Noise;
use dfdx::prelude::{Device, HasShape, Shape, Tensor};
use vae_ops::Real;

/// Fills a parameter with N(0, std²).
///
/// The device's generator gives the key of a stream, so `Model::build(&Cpu::seed_from_u64(seed))` is reproducible.
pub fn init_normal<S: Shape, E: Real, D: Device<E>>(parameter: &mut Tensor<S, E, D>, std: f64) {
    fill(parameter, |noise, values| {
        noise.fill_normal(values);
        values.iter_mut().for_each(|x| *x *= E::of(std));
    });
}

/// Fills a parameter with numbers uniform on (−bound, bound).
pub fn init_uniform<S: Shape, E: Real, D: Device<E>>(parameter: &mut Tensor<S, E, D>, bound: f64) {
    fill(parameter, |noise, values| {
        noise.fill_uniform(values);
        values
            .iter_mut()
            .for_each(|x| *x = (*x + *x - E::one()) * E::of(bound));
    });
}

/// Fills a parameter with zeros.
///
/// ```
/// use dfdx::prelude::*;
///
/// let mut bias = Cpu::default().tensor([1.0f32, 2.0]);
/// vae_reparam::init_zeros(&mut bias);
/// assert_eq!(bias.array(), [0.0, 0.0]);
/// ```
pub fn init_zeros<S: Shape, E: Real, D: Device<E>>(parameter: &mut Tensor<S, E, D>) {
    parameter.fill_with_zeros();
}

fn fill<S: Shape, E: Real, D: Device<E>>(
    parameter: &mut Tensor<S, E, D>,
    draw: impl Fn(Noise, &mut [E]),
) {
    let mut values = vec![E::zero(); parameter.shape().num_elements()];
    draw(
        Noise::new(parameter.device().random_u64(), "init"),
        &mut values,
    );
    parameter.copy_from(&values);
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::*;

    #[test]
    fn two_parameters_differ_and_a_seed_repeats() {
        let draw = |seed| {
            let device = Cpu::seed_from_u64(seed);
            let mut parameters: [Tensor<Rank1<1000>, f32, _>; 2] = [device.zeros(), device.zeros()];
            init_uniform(&mut parameters[0], 0.5);
            init_normal(&mut parameters[1], 0.5);
            parameters.map(|p| p.as_vec())
        };
        let [uniform, normal] = draw(1);
        assert!(uniform.iter().all(|x| x.abs() < 0.5) && uniform.iter().any(|x| x.abs() > 0.45));
        assert!((normal.iter().map(|x| x * x).sum::<f32>() / 1000.0 - 0.25).abs() < 0.05);
        assert_eq!(draw(1), [uniform.clone(), normal]);
        assert_ne!(draw(2)[0], uniform);
    }
}

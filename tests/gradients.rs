//! The gradients of whole models, through objective, likelihood, sampling and prior, as training computes them.

use dfdx::prelude::{Const, ConstDim, Cpu, Device, TensorCollection};
use vae::losses::{SHARD, differentiate};
use vae::ops::{Real, as_slice};
use vae::prelude::*;
use vae_testkit::{assert_close, edit_parameters, parameter_gradients};

/// Examples of any width, with values in \[0, 1\]: both likelihoods take them.
struct Greys {
    width: usize,
    count: usize,
}

impl<E: Real> Examples<E> for Greys {
    fn len(&self) -> usize {
        self.count
    }

    fn load(&self, rows: &[usize], _: Noise) -> Vec<E> {
        let row = |row: &usize| {
            let mut values = vec![E::zero(); self.width];
            Noise::new(5, "examples")
                .part(*row)
                .fill_uniform(&mut values);
            values
        };
        rows.iter().flat_map(row).collect()
    }
}

/// The loss on all examples and its gradients by parameter, with the same noise each time.
fn loss<E: Real, M>(model: &M, examples: &Greys) -> (f64, Vec<(String, Vec<f64>)>)
where
    M: LatentModel<E> + TensorCollection<E, Cpu> + Sync,
    Cpu: Device<E>,
{
    let rows: Vec<usize> = (0..examples.count).collect();
    let noise = Noise::new(6, "latent");
    let objective = Elbo { beta: 0.7 };
    let (terms, gradients) = differentiate(&objective, model, examples, &rows, [noise; 2]);
    let sum = |values: &PerExample<E>| as_slice(values).iter().map(|x| x.as_f64()).sum::<f64>();
    let (mut loss, mut of_terms) = (0.0, 0.0);
    for terms in &terms {
        let count = terms.elbo.shape().0 as f64;
        loss += as_slice(&terms.loss)[0].as_f64() * count / rows.len() as f64;
        let negative_elbo = sum(&terms.reconstruction) + objective.beta * sum(&terms.kl);
        of_terms += negative_elbo / rows.len() as f64;
    }
    assert_close(loss, of_terms, 1e-5);

    // Each parameter's gradients, added up.
    let mut found: Vec<(String, Vec<f64>)> = Vec::new();
    for gradients in &gradients {
        for (i, (name, gradient)) in parameter_gradients(model, gradients)
            .into_iter()
            .enumerate()
        {
            if i == found.len() {
                found.push((name, vec![0.0; gradient.len()]));
            }
            let sum = found[i].1.iter_mut().zip(gradient);
            sum.for_each(|(sum, g)| *sum += g.as_f64());
        }
    }
    (loss, found)
}

/// Asserts that the gradient of every element of every parameter is its central difference, and not 0.
fn assert_gradients<M>(model: M)
where
    M: LatentModel<f64> + TensorCollection<f64, Cpu> + Clone + Sync,
{
    let examples = Greys {
        width: M::Input::SIZE,
        // Two shards of unequal size.
        count: SHARD + 5,
    };
    let moved = |parameter, element: usize, by| {
        let (mut model, mut visited) = (model.clone(), 0);
        edit_parameters(&mut model, |_, values| {
            if visited == parameter {
                values[element] += by;
            }
            visited += 1;
        });
        loss(&model, &examples).0
    };
    for (parameter, (name, gradient)) in loss(&model, &examples).1.into_iter().enumerate() {
        for (element, analytic) in gradient.into_iter().enumerate() {
            let step = 1e-5;
            let rise = moved(parameter, element, step) - moved(parameter, element, -step);
            let numeric = rise / (2.0 * step);
            assert!(
                analytic != 0.0 && (analytic - numeric).abs() <= 1e-7 * (1.0 + numeric.abs()),
                "the gradient of {name} at {element} is {analytic}, finite differences give {numeric}"
            );
        }
    }
}

/// Asserts that the gradients of a model reach every parameter and are finite.
fn assert_reached<M>(model: M)
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu> + Sync,
{
    let examples = Greys {
        width: M::Input::SIZE,
        count: SHARD,
    };
    for (name, gradient) in loss(&model, &examples).1 {
        assert!(gradient.iter().all(|g| g.is_finite()), "{name}");
        assert!(gradient.iter().any(|g| *g != 0.0), "{name}");
    }
}

/// Sizes of the small models, in `f64`, smooth everywhere.
mod small {
    use super::*;

    pub type Z = Const<2>;
    type X = Const<5>;
    type H = Const<4>;
    pub type Encoder = GaussianEncoder<Mlp<X, H, Tanh, f64>, Z, f64>;
    pub type ToBinary = BernoulliDecoder<Mlp<Z, (H, Const<3>), Tanh, f64>, X, f64>;
    pub type ToReal = GaussianDecoder<Mlp<Z, H, Sigmoid, f64>, X, f64>;
}

/// Sizes of the large models, in `f32`, as experiments have them.
mod large {
    use super::*;

    pub type Z = Const<20>;
    type X = Const<784>;
    type H = Const<400>;
    pub type Encoder = GaussianEncoder<Mlp<X, H>, Z>;
    pub type ToBinary = BernoulliDecoder<Mlp<Z, H>, X>;
    pub type ToReal = GaussianDecoder<Mlp<Z, H>, X>;
}

macro_rules! laws {
    ($($name:ident: $decoder:ident, $small:ty, $large:ty;)*) => {$(
        #[test]
        fn $name() {
            let device = Cpu::seed_from_u64(7);
            assert_gradients(Vae::<small::Encoder, small::$decoder, $small>::build(&device));
            assert_reached(Vae::<large::Encoder, large::$decoder, $large>::build(&device));
        }
    )*};
}

laws! {
    bernoulli_standard_normal: ToBinary, StandardNormal<small::Z>, StandardNormal<large::Z>;
    bernoulli_learned_normal: ToBinary, LearnedNormal<small::Z, f64>, LearnedNormal<large::Z>;
    bernoulli_mixture: ToBinary, Mixture<3, small::Z, f64>, Mixture<10, large::Z>;
    gaussian_standard_normal: ToReal, StandardNormal<small::Z>, StandardNormal<large::Z>;
    gaussian_learned_normal: ToReal, LearnedNormal<small::Z, f64>, LearnedNormal<large::Z>;
    gaussian_mixture: ToReal, Mixture<3, small::Z, f64>, Mixture<10, large::Z>;
}

//! Conditional models, codes along paths, and widths known at run time.

use dfdx::prelude::{BuildModule, Const, Cpu, HasShape, TensorCollection, TensorFromVec};
use vae_architectures::{BernoulliDecoder, Columns, Concat, ConditionalVae, Conditioned, Film};
use vae_architectures::{GaussianDecoder, GaussianEncoder, Interpolation, LatentModel, Linear};
use vae_architectures::{Mlp, Vae};
use vae_distributions::Density;
use vae_ops::{Batch, GradTape, Identity, Tanh, as_slice, backward, batch_mean, formula};
use vae_priors::{Posterior, StandardNormal};
use vae_reparam::Noise;
use vae_testkit::{assert_close, assert_module_grad, spread};

type X = Const<5>;
type C = Const<2>;
type Z = Const<3>;
type H = Const<4>;
type Q = Conditioned<Concat<X, C, Const<7>>, GaussianEncoder<Mlp<Const<7>, H, Tanh, f64>, Z, f64>>;
type Join = Film<Mlp<Z, H, Tanh, f64>, Linear<C, H, Identity, f64>>;
type P = Conditioned<Join, BernoulliDecoder<Mlp<H, H, Tanh, f64>, X, f64>>;
type Model = ConditionalVae<Q, P, StandardNormal<Z>>;

const SIDE: [f64; 6] = [1.0, 0.0, 0.0, 1.0, 0.5, -0.5];

fn x() -> Batch<X, f64> {
    let values = (0..15).map(|i| f64::from(i * i % 3 == 0));
    Cpu::default().tensor_from_vec(values.collect(), (3, Const))
}

fn trained<M: BuildModule<Cpu, f64> + TensorCollection<f64, Cpu>>() -> M {
    let mut module = M::build(&Cpu::seed_from_u64(1));
    let mut stream = 10;
    vae_testkit::edit_parameters(&mut module, |_, values| {
        stream += 1;
        values.copy_from_slice(&spread(stream, values.len()));
    });
    module
}

#[test]
fn gradients_get_through_both_ways_of_conditioning() {
    assert_module_grad(&trained::<Model>(), &x(), |model: &Model, x| {
        let model = model.given(&SIDE);
        let (z, kl) = model
            .encode(x.clone())
            .rsample_and_kl(&model.prior(), Noise::new(1, "z"));
        formula([kl, model.decode(z).log_prob(&x)], |[kl, l]| kl - l)
    });
}

#[test]
fn each_example_sees_its_own_side_input() {
    let model: Model = trained();
    let all = model.given(&SIDE).reconstruct(x());
    for row in 0..3 {
        let one: Batch<X, f64> =
            Cpu::default().tensor_from_vec(as_slice(&x())[row * 5..][..5].to_vec(), (1, Const));
        let alone = model.given(&SIDE[row * 2..][..2]).reconstruct(one.clone());
        assert_eq!(as_slice(&alone), &as_slice(&all)[row * 5..][..5]);
        let other = model
            .given(&SIDE[(row + 1) % 3 * 2..][..2])
            .reconstruct(one);
        assert_ne!(as_slice(&alone), as_slice(&other));
    }
}

#[test]
fn several_codes_of_an_example_share_its_side_input() {
    let model: Model = trained();
    let z: Batch<Z, f64> = Cpu::default().tensor_from_vec(spread(5, 18), (6, Const));
    let twice = model.given(&SIDE).decode(z.clone()).logits;
    let one_by_one = [0, 0, 1, 1, 2, 2].map(|i| &SIDE[i * 2..][..2]).concat();
    assert_eq!(
        as_slice(&twice),
        as_slice(&model.given(&one_by_one).decode(z).logits)
    );
}

#[test]
fn modulation_is_one_plus_scale_times_the_body_plus_shift() {
    type One = Const<1>;
    type Line = Linear<One, One, Identity, f64>;
    let mut film: Film<Line, Line> = trained();
    let set = |line: &mut Line, [weight, bias]: [f64; 2]| {
        let mut values = [weight, bias].into_iter();
        vae_testkit::edit_parameters(line, |_, of| of[0] = values.next().unwrap());
    };
    set(&mut film.body, [2.0, 1.0]);
    set(&mut film.scale, [3.0, 0.5]);
    set(&mut film.shift, [-1.0, 0.25]);
    let column =
        |x: f64| -> Batch<One, f64> { Cpu::default().tensor_from_vec(vec![x], (1, Const)) };
    let y = vae_architectures::Conditioning::join(&film, column(5.0), column(2.0));
    // (1 + 6.5) · 11 − 2 + 0.25
    assert_eq!(y.as_vec(), [80.75]);
}

#[test]
#[should_panic(expected = "a conditional model is given its side input before use")]
fn a_conditional_model_does_not_guess_its_side_input() {
    trained::<Model>().reconstruct(x());
}

mod paths {
    use super::*;

    type Plain = Vae<
        GaussianEncoder<Linear<Z, Z, Identity, f64>, Z, f64>,
        GaussianDecoder<Linear<Z, Z, Identity, f64>, Z, f64>,
        StandardNormal<Z>,
    >;

    /// Encodes and decodes to the same: all weights are the identity.
    fn identity() -> Plain {
        let mut model: Plain = trained();
        vae_testkit::edit_parameters(&mut model, |shape, values| {
            let columns = shape.get(1).copied().unwrap_or(0);
            for (i, value) in values.iter_mut().enumerate() {
                *value = f64::from(columns > 0 && i / columns.max(1) == i % columns.max(1));
            }
        });
        model
    }

    fn row(values: [f64; 3]) -> Batch<Z, f64> {
        Cpu::default().tensor_from_vec(values.to_vec(), (1, Const))
    }

    #[test]
    fn a_spherical_interpolation_turns_at_a_constant_distance() {
        let way = Interpolation::Spherical;
        let path = identity().interpolate(row([2.0, 0.0, 0.0]), row([0.0, 2.0, 0.0]), 4, way);
        for (step, z) in as_slice(&path).chunks(3).enumerate() {
            let angle = step as f64 / 3.0 * std::f64::consts::FRAC_PI_2;
            for (z, expected) in z.iter().zip([2.0 * angle.cos(), 2.0 * angle.sin(), 0.0]) {
                assert_close(*z, expected, 1e-14);
            }
        }
        // Along a line where there is no angle.
        let path = identity().interpolate(row([1.0, 0.0, 0.0]), row([3.0, 0.0, 0.0]), 3, way);
        assert_eq!(
            as_slice(&path),
            [1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 3.0, 0.0, 0.0]
        );
        let path = identity().interpolate(row([0.0; 3]), row([0.0, 4.0, 0.0]), 3, way);
        assert_eq!(as_slice(&path)[3..6], [0.0, 2.0, 0.0]);
    }

    #[test]
    fn a_linear_interpolation_is_a_line() {
        let way = Interpolation::Linear;
        let path = identity().interpolate(row([2.0, 0.0, 1.0]), row([0.0, 2.0, 1.0]), 3, way);
        assert_eq!(
            as_slice(&path),
            [2.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 2.0, 1.0]
        );
    }

    #[test]
    fn a_traversal_moves_one_dimension() {
        let images = identity().traverse(row([5.0, 6.0, 7.0]), &[2, 0], &[-1.0, 1.0]);
        let expected = [
            [5.0, 6.0, -1.0],
            [5.0, 6.0, 1.0],
            [-1.0, 6.0, 7.0],
            [1.0, 6.0, 7.0],
        ];
        assert_eq!(as_slice(&images), expected.concat());
    }
}

mod columns {
    use super::*;

    type Encoder = GaussianEncoder<Mlp<Columns, Const<8>>, Const<2>>;
    type Decoder = GaussianDecoder<Mlp<Const<2>, Const<8>>, Columns>;
    type Table = Vae<Encoder, Decoder, StandardNormal<Const<2>>>;

    #[test]
    fn the_same_type_is_built_for_any_width() {
        for width in [1, 7, 30] {
            let model: Table = Columns::of(width).build(&Cpu::seed_from_u64(0));
            assert_eq!(model.input(), Columns::of(width));
            let values: Vec<f32> = spread(1, 4 * width);
            let x = Cpu::default().tensor_from_vec(values, (4, Columns::of(width)));
            let q = model.encode(x.retaped::<GradTape>());
            let (z, _) = q.rsample_and_kl(&model.prior(), Noise::new(0, "latent"));
            let log_likelihood = model.decode(z).log_prob(&x.retaped());
            let gradients = backward(batch_mean(log_likelihood), 1.0);
            let weight = gradients.get(&model.encoder.body.weight);
            assert_eq!(weight.shape(), &(Const, Columns::of(width)));
            assert!(as_slice(&weight).iter().any(|g| *g != 0.0));
        }
    }

    #[test]
    #[should_panic(expected = "is built by `Columns::of(count).build(&device)`")]
    fn no_width_is_guessed() {
        let _: Table = BuildModule::build(&Cpu::default());
    }
}

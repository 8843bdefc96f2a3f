//! Decoders: gradients get to every parameter, and the likelihood is the one that the name says.

use super::*;
use dfdx::prelude::PutTape;
use std::f64::consts::TAU;
use vae_architectures::{
    AutoregressiveDecoder, BernoulliDecoder, BetaDecoder, CategoricalDecoder, ChannelHead, Columns,
};
use vae_architectures::{ConditionalPixelCategorical, ContinuousBernoulliDecoder, Conv2d, Decoder};
use vae_architectures::{DiscretizedLogisticDecoder, DiscretizedLogisticMixtureDecoder};
use vae_architectures::{
    FixedVarianceDecoder, GaussianDecoder, Image, LaplaceDecoder, LatentModel,
};
use vae_architectures::{Linear, NegativeBinomialDecoder, OptimalVarianceDecoder};
use vae_architectures::{PixelCategoricalDecoder, PoissonDecoder, Reshape, Schema};
use vae_architectures::{SharedVarianceDecoder, StudentTDecoder, TableDecoder, Vae};
use vae_architectures::{ZeroInflatedNegativeBinomialDecoder, ZeroInflatedPoissonDecoder};
use vae_distributions::{Column, Moments, Normal, SharedBy};
use vae_ops::{Identity, backward, batch_mean};

/// Rows of 6 numbers.
fn rows(values: Vec<f64>) -> Batch<Z, f64> {
    Cpu::default().tensor_from_vec(values, (ROWS, Const))
}

/// Gradients of ln p(x|z) by z and all parameters, at data of its kind, and as many parameters as it should have.
fn check<P>(data: impl Fn(f64) -> f64, parameters: usize)
where
    P: Decoder<f64, Latent = X, Output = Z> + BuildModule<Cpu, f64> + Clone,
{
    let data = rows(spread(7, ROWS * 6).into_iter().map(data).collect());
    check_at::<P>(&trained(), &data, parameters);
}

fn check_at<P>(decoder: &P, data: &Batch<Z, f64>, parameters: usize)
where
    P: Decoder<f64, Latent = X, Output = Z> + TensorCollection<f64, Cpu> + Clone,
{
    assert_eq!(decoder.num_trainable_params(), parameters);
    assert_module_grad(decoder, &x(), |decoder: &P, z| {
        decoder.decode(z).log_prob(&data.retaped())
    });
    let mean = decoder.decode(x()).mean();
    assert!(as_slice(&mean).iter().all(|m| m.is_finite()));
}

/// The level out of so many.
fn level(x: f64, levels: f64) -> f64 {
    let last = levels - 1.0;
    (0.5 * last * (1.0 + x)).round() / last
}

fn count(x: f64) -> f64 {
    (3.0 + 3.0 * x).round()
}

/// More than half of them 0.
fn rare(x: f64) -> f64 {
    (4.0 * x).max(0.0).round()
}

#[test]
fn each_likelihood_learns() {
    let (one, two) = (parameters(6), parameters(12));
    check::<BernoulliDecoder<Body, Z, f64>>(|x| f64::from(x > 0.0), one);
    check::<AutoregressiveDecoder<Body, Z, f64>>(|x| f64::from(x > 0.0), one + 42);
    check::<ContinuousBernoulliDecoder<Body, Z, f64>>(|x| 0.5 + 0.5 * x, one);
    check::<BetaDecoder<Body, Z, f64>>(|x| 0.5 + 0.4 * x, two);
    check::<GaussianDecoder<Body, Z, f64>>(|x| x, two);
    check::<FixedVarianceDecoder<Body, Z, f64>>(|x| x, one);
    check::<SharedVarianceDecoder<Body, Z, f64>>(|x| x, one + 1);
    check::<OptimalVarianceDecoder<Body, Z, f64>>(|x| x, one);
    check::<LaplaceDecoder<Body, Z, f64>>(|x| x, two);
    check::<StudentTDecoder<Body, Z, f64>>(|x| 5.0 * x, parameters(18));
    check::<DiscretizedLogisticDecoder<Body, Z, f64>>(|x| level(x, 256.0), two);
    check::<PoissonDecoder<Body, Z, f64>>(count, one);
    check::<NegativeBinomialDecoder<Body, Z, f64>>(count, two);
    check::<ZeroInflatedPoissonDecoder<Body, Z, f64>>(rare, two);
    check::<ZeroInflatedNegativeBinomialDecoder<Body, Z, f64>>(rare, parameters(18));
}

#[test]
fn so_do_those_of_many_numbers_for_an_element() {
    type Levels = PixelCategoricalDecoder<Body, Z, Const<4>, f64>;
    check::<Levels>(|x| level(x, 4.0), parameters(6 * 4));
    type Mixture = DiscretizedLogisticMixtureDecoder<Body, Z, Const<2>, f64>;
    check::<Mixture>(|x| level(x, 256.0), parameters(3 * 6 * 2));
}

#[test]
fn a_class_learns() {
    type P = CategoricalDecoder<Body, Z, f64>;
    let one_hot = rows((0..ROWS * 6).map(|i| f64::from(i % 7 == 0)).collect());
    check_at::<P>(&trained(), &one_hot, parameters(6));
}

#[test]
fn a_bias_from_pixel_means_gives_these_means() {
    let mut decoder: BernoulliDecoder<Body, Z, f64> = trained();
    vae_testkit::edit_parameters(&mut decoder.logits, |_, values| values.fill(0.0));
    decoder.start_at(&[0.25, 0.5, 0.9, 0.01, 0.0, 1.0]);
    let mean = decoder.decode(x()).mean();
    for (p, expected) in as_slice(&mean)
        .iter()
        .zip([0.25, 0.5, 0.9, 0.01, 0.001, 0.999])
    {
        assert_close(*p, expected, 1e-14);
    }
}

/// In `f32`, where every head gives +10⁴ or −10⁴ for everything, ln p(x|z) and its gradients are numbers.
#[test]
fn enormous_outputs_of_heads_do_no_harm() {
    fn check<P>(data: f32)
    where
        P: Decoder<f32, Latent = X, Output = Z> + BuildModule<Cpu, f32> + Clone,
    {
        for bias in [-1e4, 1e4] {
            let mut decoder = P::build(&Cpu::seed_from_u64(1));
            vae_testkit::edit_parameters(&mut decoder, |shape, values| {
                let is_bias = values.len() != 20 && shape.last() != Some(&4);
                values.fill(if is_bias { bias } else { 0.0 });
            });
            let z = Cpu::default().tensor_from_vec(vec![0.5; 5], (1, Const));
            let data: Batch<Z> = Cpu::default().tensor_from_vec(vec![data; 6], (1, Const));
            let p = decoder.decode(z.put_tape(GradTape::new()));
            let (log_prob, variance) = (p.log_prob(&data.retaped()), p.variance().as_vec());
            let [value] = log_prob.as_vec()[..] else {
                panic!("one row")
            };
            let name = std::any::type_name::<P>();
            assert!(value.is_finite(), "{value}, {bias}: {name}");
            assert!(
                variance.iter().all(|v| *v >= 0.0),
                "{variance:?}, {bias}: {name}"
            );
            let gradients = backward(batch_mean(log_prob), 1.0);
            for (of, gradient) in vae_testkit::parameter_gradients(&decoder, &gradients) {
                let finite = gradient.iter().all(|g| g.is_finite());
                assert!(finite, "{of}: {gradient:?}, {bias}: {name}");
            }
        }
    }
    type Body = Mlp<X, Const<4>, Tanh>;
    let pixel = 100.0 / 255.0;
    check::<BernoulliDecoder<Body, Z>>(1.0);
    check::<ContinuousBernoulliDecoder<Body, Z>>(0.3);
    check::<BetaDecoder<Body, Z>>(0.3);
    check::<GaussianDecoder<Body, Z>>(0.3);
    check::<FixedVarianceDecoder<Body, Z>>(0.3);
    check::<SharedVarianceDecoder<Body, Z>>(0.3);
    check::<LaplaceDecoder<Body, Z>>(0.3);
    check::<StudentTDecoder<Body, Z>>(0.3);
    check::<DiscretizedLogisticDecoder<Body, Z>>(pixel);
    check::<DiscretizedLogisticMixtureDecoder<Body, Z, Const<3>>>(pixel);
    check::<PixelCategoricalDecoder<Body, Z, Const<256>>>(pixel);
    for counts in [0.0, 3.0] {
        check::<PoissonDecoder<Body, Z>>(counts);
        check::<NegativeBinomialDecoder<Body, Z>>(counts);
        check::<ZeroInflatedPoissonDecoder<Body, Z>>(counts);
        check::<ZeroInflatedNegativeBinomialDecoder<Body, Z>>(counts);
    }
}

mod one_variance {
    use super::*;

    /// ln p(x|z) is that of normal variables of this variance.
    fn assert_normal<P>(decoder: &P, log_var: f64)
    where
        P: Decoder<f64, Latent = X, Output = Z>,
    {
        let (p, data) = (decoder.decode(x()), rows(spread(7, ROWS * 6)));
        let expected = Normal {
            mean: p.mean(),
            log_var: rows(vec![log_var; ROWS * 6]),
        };
        let pairs = [
            (
                p.log_prob(&data).as_vec(),
                expected.log_prob(&data).as_vec(),
            ),
            (p.variance().as_vec(), expected.variance().as_vec()),
        ];
        for (ours, theirs) in pairs {
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert_close(*ours, theirs, 1e-13);
            }
        }
    }

    #[test]
    fn a_given_one() {
        let mut decoder: FixedVarianceDecoder<Body, Z, f64> = trained();
        assert_normal(&decoder, 0.0);
        decoder.scale = 0.3;
        assert_normal(&decoder, 2.0 * 0.3f64.ln());
    }

    #[test]
    fn a_learned_one() {
        type P = SharedVarianceDecoder<Body, Z, f64>;
        assert_normal::<P>(&BuildModule::build(&Cpu::seed_from_u64(1)), 0.0);
        let mut decoder: P = trained();
        decoder.log_var = Cpu::default().tensor([-3.0]);
        assert_normal(&decoder, -3.0);
        decoder.log_var = Cpu::default().tensor([-1e9]);
        assert_normal(&decoder, -14.0);
    }

    #[test]
    fn the_best_one() {
        let mut decoder: OptimalVarianceDecoder<Body, Z, f64> = trained();
        assert_eq!(decoder.shared_by, SharedBy::Batch);
        assert_eq!(decoder.min_scale, (-6f64).exp());
        decoder.min_scale = 0.0;
        let data = rows(spread(7, ROWS * 6));
        let p = decoder.decode(x());
        let errors = as_slice(&p.mean)
            .iter()
            .zip(as_slice(&data))
            .map(|(m, x)| (x - m).powi(2));
        let variance = errors.sum::<f64>() / (ROWS * 6) as f64;
        let total: f64 = p.log_prob(&data).as_vec().iter().sum();
        let analytic = -3.0 * ROWS as f64 * ((TAU * variance).ln() + 1.0);
        assert_close(total, analytic, 1e-13);
        decoder.shared_by = SharedBy::Example;
        check_at(&decoder, &data, parameters(6));
    }
}

mod levels {
    use super::*;

    type Mixture = DiscretizedLogisticMixtureDecoder<Body, Const<1>, Const<2>, f64>;

    /// By scipy 1.17.1: expit, softmax.
    #[test]
    fn a_mixture_is_what_its_heads_give() {
        let mut decoder = Mixture::build(&Cpu::seed_from_u64(1));
        vae_testkit::edit_parameters(&mut decoder, |_, values| values.fill(0.0));
        let device = Cpu::default();
        decoder.logits.bias = device.tensor([[0.3, -0.5]]);
        decoder.loc.bias = device.tensor([[0.35 - 0.25, 0.8 - 0.75]]);
        decoder.log_scale.bias = device.tensor([[-3.0, -2.0]]);
        for (k, expected) in [
            (0.0, -6.512822924347105),
            (100.0, -4.4383389999111005),
            (255.0, -2.84260242653662),
        ] {
            let pixels = device.tensor_from_vec(vec![k / 255.0; ROWS], (ROWS, Const));
            let log_prob = decoder.decode(x()).log_prob(&pixels).as_vec();
            assert_close(log_prob[0], expected, 1e-12);
        }
    }

    /// Two channels of 2 × 2 with 3 levels each.
    type Pixels = Const<8>;
    type Features = Image<2, 2, 2>;
    type Convolutional = ConditionalPixelCategorical<
        (Linear<X, Pixels, Tanh, f64>, Reshape<Pixels, Features>),
        ChannelHead<Conv2d<Features, Image<6, 2, 2>, 1, 1, 0, Identity, f64>, Pixels, Const<3>>,
    >;

    #[test]
    fn channels_give_the_numbers_of_a_pixel() {
        let mut decoder: Convolutional = trained();
        let values = spread::<f64>(7, ROWS * 8);
        let data: Batch<Pixels, f64> = Cpu::default().tensor_from_vec(
            values.into_iter().map(|x| level(x, 3.0)).collect(),
            (ROWS, Const),
        );
        assert_module_grad(&decoder, &x(), |decoder: &Convolutional, z| {
            decoder.decode(z).log_prob(&data.retaped())
        });

        let numbers = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let weight = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        vae_testkit::edit_parameters(&mut decoder.logits.net, |shape, values| match shape.len() {
            // Channel 5 also sees the second feature.
            4 => (0..12).for_each(|i| values[i] = weight[i / 2] * (i % 2) as f64),
            _ => values.copy_from_slice(&numbers),
        });
        let features = vae_architectures::Layer::forward(&decoder.body, x());
        let logits = decoder.decode(x()).logits;
        for (i, logits) in as_slice(&logits).chunks(3).enumerate() {
            let (example, channel, place) = (i / 8, i / 4 % 2, i % 4);
            let second = as_slice(&features)[example * 8 + 4 + place];
            let expected = if channel == 0 {
                [0.0, 1.0, 2.0]
            } else {
                [3.0, 4.0, 5.0 + second]
            };
            assert_eq!(logits, expected);
        }
    }
}

mod tables {
    use super::*;

    const COLUMNS: [Column; 4] = [
        Column::Numeric,
        Column::Categorical(2),
        Column::Count,
        Column::Categorical(2),
    ];

    #[test]
    fn a_table_learns() {
        let mut decoder: TableDecoder<Body, Z, f64> = trained();
        decoder.schema = Schema::of(COLUMNS);
        let row = |x: &[f64]| [x[0], 1.0, 0.0, count(x[1]), 0.0, 1.0];
        let data = rows(spread(7, ROWS * 2).chunks(2).flat_map(row).collect());
        check_at(&decoder, &data, parameters(6) + 6);

        // One spread for all rows.
        vae_testkit::edit_parameters(&mut decoder.location, |_, values| values.fill(0.0));
        decoder.log_spread = Cpu::default().tensor([0.4, 9.0, 9.0, -0.7, 9.0, 9.0]);
        let variance = decoder.decode(x()).variance();
        for row in as_slice(&variance).chunks(6) {
            let expected = [0.4f64.exp(), 0.25, 0.25, 1.0 + (-0.7f64).exp(), 0.25, 0.25];
            for (ours, expected) in row.iter().zip(expected) {
                assert_close(*ours, expected, 1e-14);
            }
        }
    }

    type Code = Const<2>;
    type Model = Vae<
        GaussianEncoder<Mlp<Columns, Const<8>>, Code>,
        TableDecoder<Mlp<Code, Const<8>>, Columns>,
        StandardNormal<Code>,
    >;

    #[test]
    fn the_same_type_is_built_for_any_columns() {
        let two = |of: Column| Schema::of([Column::Numeric, of]);
        for schema in [
            Schema::of(COLUMNS),
            two(Column::Count),
            two(Column::Categorical(7)),
        ] {
            let model: Model = schema.build(&Cpu::seed_from_u64(0));
            let width = Columns::of(schema.width());
            assert_eq!(model.input(), width);
            assert_eq!(model.decoder.schema, schema);
            let data = vec![1.0; 4 * schema.width()];
            let data = Cpu::default().tensor_from_vec(data, (4, width));
            let z = Cpu::default().tensor_from_vec(spread(1, 8), (4, Const));
            let log_prob = model
                .decode(z.put_tape(GradTape::new()))
                .log_prob(&data.retaped());
            let spread = backward(batch_mean(log_prob), 1.0).get(&model.decoder.log_spread);
            assert_eq!(spread.shape(), &(width,));
            assert!(as_slice(&spread)[0] != 0.0);
            assert_eq!(model.reconstruct(data).shape(), &(4, width));
        }
    }

    #[test]
    #[should_panic(expected = "is built by `Schema::of(columns).build(&device)`")]
    fn no_columns_are_guessed() {
        let model: Model = Columns::of(3).build(&Cpu::default());
        model.sample(1, Noise::new(0, "prior"));
    }

    #[test]
    #[should_panic(expected = "take 6 numbers, but a row of data has 7")]
    fn rows_of_another_width_are_refused() {
        let model: Model = Schema::of(COLUMNS).build(&Cpu::default());
        let z = Cpu::default().tensor_from_vec(vec![0.0; 2], (1, Const));
        let row = Cpu::default().tensor_from_vec(vec![0.0; 7], (1, Columns::of(7)));
        model.decode(z).log_prob(&row);
    }
}

//! The exponential families, discrete distributions and relaxations: values against 60-digit arithmetic (mpmath 1.3),
//! and each density against its own moments, entropy, divergence, samples and gradients.

use dfdx::prelude::*;
use rand::{SeedableRng, rngs::StdRng};
use vae_distributions::*;
use vae_ops::math::ErrorFunction;
use vae_ops::{
    Batch, GradTape, PerExample, Real, as_slice, backward, batch_mean, formula, softmax,
};
use vae_testkit::{assert_close, assert_grad, assert_ks};

type Row<E = f64> = Batch<usize, E>;

/// One example.
fn row<E: Real>(values: &[f64]) -> Row<E> {
    let values: Vec<E> = values.iter().map(|x| E::of(*x)).collect();
    let len = values.len();
    Cpu::default().tensor_from_vec(values, (1, len))
}

/// Many examples of one element.
fn repeated(value: f64, times: usize) -> Row {
    Cpu::default().tensor_from_vec(vec![value; times], (times, 1))
}

fn one<S: Shape, E: Real, T: Tape<E, Cpu>>(t: Tensor<S, E, Cpu, T>) -> f64 {
    as_slice(&t.retaped::<NoneTape>())[0].as_f64()
}

/// Asserts |a − b| ≤ tolerance · |b|.
#[track_caller]
fn assert_digits(a: f64, b: f64, tolerance: f64) {
    assert!(
        a == b || (a - b).abs() <= tolerance * b.abs(),
        "{a} is not {b}: off by {:.1e}",
        (a - b).abs() / b.abs()
    );
}

fn gamma<E: Real>(a: f64, b: f64) -> Gamma<usize, E> {
    Gamma::new(row(&[a]), row(&[b])).expect("positive parameters")
}

fn beta<E: Real>(a: f64, b: f64) -> Beta<usize, E> {
    Beta::new(row(&[a]), row(&[b])).expect("positive parameters")
}

fn dirichlet<E: Real>(a: &[f64]) -> Dirichlet<usize, E> {
    Dirichlet::new(row(a)).expect("positive parameters")
}

fn bernoulli<E: Real>(l: f64) -> Bernoulli<usize, E> {
    Bernoulli::new(row(&[l])).expect("a finite logit")
}

fn continuous<E: Real>(l: f64) -> ContinuousBernoulli<usize, E> {
    ContinuousBernoulli::new(row(&[l])).expect("a finite logit")
}

fn categorical<E: Real>(p: &[f64]) -> Categorical<usize, E> {
    Categorical::from_probabilities(row(p)).expect("probabilities")
}

fn binomial<E: Real>(n: f64, l: f64) -> Binomial<usize, E> {
    Binomial::new(row(&[n]), row(&[l])).expect("a count and a logit")
}

fn geometric<E: Real>(l: f64) -> Geometric<usize, E> {
    Geometric::new(row(&[l])).expect("a finite logit")
}

fn poisson<E: Real>(rate: f64) -> Poisson<usize, E> {
    Poisson::new(row(&[rate])).expect("a rate")
}

fn negative_binomial<E: Real>(r: f64, l: f64) -> NegativeBinomial<usize, E> {
    NegativeBinomial::new(row(&[r]), row(&[l])).expect("a count and a logit")
}

fn discretized<E: Real>(levels: u32, loc: f64, log_scale: f64) -> DiscretizedLogistic<usize, E> {
    DiscretizedLogistic::new(levels, row(&[loc]), row(&[log_scale])).expect("finite parameters")
}

#[test]
fn densities_against_mpmath() {
    for (a, rate, x, expected) in [
        (3.0, 2.0, 0.5, -1.0),
        (1e10, 1e10, 1.00001, 10.093980265109005),
        (1e-10, 1.0, 0.5, -22.832703749392106),
        (0.3, 1e-15, 1e3, -16.292859608579775),
        (9.5, 3.0, 2.0, -1.3607656436906912),
        (1e4, 10.0, 1020.0, -5.215061625031098),
    ] {
        assert_digits(
            one(gamma::<f64>(a, rate).log_prob(&row(&[x]))),
            expected,
            if a > 1e9 { 2e-12 } else { 2e-14 },
        );
    }
    for (a, b, x, expected) in [
        (2.0, 3.0, 0.3, 0.5675839575845996),
        (1e8, 2e8, 0.33333, 9.585251655583766),
        (1e-8, 2.0, 0.25, -17.3220684591472),
        (0.5, 1e6, 1e-6, 12.243145990039741),
        (1e-10, 1e-10, 0.5, -22.33270374951914),
    ] {
        assert_digits(one(beta::<f64>(a, b).log_prob(&row(&[x]))), expected, 1e-13);
    }
    let p = dirichlet::<f64>(&[0.5, 2.0, 3.5]);
    assert_digits(
        one(p.log_prob(&row(&[0.2, 0.3, 0.5]))),
        0.8820313980015225,
        3e-14,
    );
    // As many digits in `f32`, of huge counts too.
    assert_digits(
        one(gamma::<f32>(1e4, 10.0).log_prob(&row(&[1020.0]))),
        -5.215061625031098,
        1e-6,
    );
    assert_digits(
        one(poisson::<f32>(1e6).log_prob(&row(&[1e6]))),
        -7.8266938742,
        1e-6,
    );

    for (x, n, l, expected) in [
        (3., 10., 0.4, -3.1426607812174803),
        (5e11, 1e12, 1e-6, -14.166301910609246),
        (1., 1e12, -27., -1.2485077006087688),
        (7., 8., -40., -277.92055845832016),
        (9999., 10000., 50., -40.78965962802382),
    ] {
        assert_digits(
            one(binomial::<f64>(n, l).log_prob(&row(&[x]))),
            expected,
            1e-10,
        );
    }
    for (x, r, l, expected) in [
        (3., 2.5, 0.4, -1.9402122602819973),
        (4., 1e12, -25., -6.541913231550888),
        (4., 1e-10, 1., -25.66519204108123),
        (1e6, 1e6, 0.001, -8.423267517050116),
        (1e6, 0.5, 50., -32.48012034690684),
    ] {
        assert_digits(
            one(negative_binomial::<f64>(r, l).log_prob(&row(&[x]))),
            expected,
            1e-12,
        );
    }
    for (x, rate, expected) in [
        (3., 2., -1.712317927548219),
        (1e12, 1.000001e12, -15.234448757835947),
        (5., 1e-12, -142.9425973224258),
        (20., 1e4, -9858.12880902123),
    ] {
        assert_digits(
            one(poisson::<f64>(rate).log_prob(&row(&[x]))),
            expected,
            1e-12,
        );
    }
    for (k, loc, log_scale, expected) in [
        (0., 0.3, -3., -5.988787519795446),
        (100., 0.3, -3., -4.684000846873459),
        (255., 0.3, -3., -14.020493255161371),
        (100., 0.3, -7., -98.92566464029188),
        (200., 0.3, -50., -2.5008579608478823e21),
        (77., 0.3, 50., -56.92755790627832),
        (255., -3., -7., -4384.382372618877),
    ] {
        let (x, p) = (k / 255.0, discretized::<f64>(256, loc, log_scale));
        assert_digits(one(p.log_prob(&row(&[x]))), expected, 1e-14);
        let p = discretized::<f32>(256, loc, log_scale);
        assert_digits(one(p.log_prob(&row(&[x]))), expected, 1e-5);
    }
}

#[test]
fn entropies_against_mpmath() {
    for (a, rate, expected) in [
        (3.0, 2.0, 1.1544313298030657),
        (1e10, 1e10, -10.09398693179889),
        (1e-10, 1.0, -9999999976.551365),
        (0.3, 1e-15, 33.482807434188665),
        (9.5, 3.0, 1.4099491827040878),
        (1e4, 10.0, 3.7214902920320405),
    ] {
        assert_digits(one(gamma::<f64>(a, rate).entropy()), expected, 1e-14);
        assert_digits(one(gamma::<f32>(a, rate).entropy()), expected, 1e-6);
    }
    for (a, b, expected) in [
        (2.0, 3.0, -0.2349066497880003),
        (1e8, 2e8, -9.092746683715925),
        (1e-8, 2.0, -99999981.57931924),
        (0.5, 1e6, -13.724900878050432),
        (1e-10, 1e-10, -9999999975.281002),
    ] {
        assert_digits(one(beta::<f64>(a, b).entropy()), expected, 1e-13);
        assert_digits(one(dirichlet::<f64>(&[a, b]).entropy()), expected, 1e-13);
    }
    assert_digits(
        one(dirichlet::<f64>(&[0.5, 2.0, 3.5]).entropy()),
        -2.0582311419371573,
        1e-14,
    );
    for (l, expected) in [
        (-50., 51.0),
        (0.3, 1.1872771765057955),
        (50., 9.83662422461598e-21),
        (-1000., 1001.0),
    ] {
        assert_digits(one(geometric::<f64>(l).entropy()), expected, 1e-14);
        assert_digits(one(geometric::<f32>(l).entropy()), expected, 1e-6);
    }
    // ln 2; l e^−l + … far out.
    assert_digits(one(bernoulli::<f64>(0.0).entropy()), 2f64.ln(), 1e-15);
    assert_digits(
        one(bernoulli::<f64>(-50.0).entropy()),
        51.0 * (-50f64).exp(),
        1e-14,
    );
    assert_digits(
        one(categorical::<f64>(&[0.0, 0.5, 0.25, 0.25]).entropy()),
        1.5 * 2f64.ln(),
        1e-15,
    );
}

#[test]
fn continuous_bernoulli_against_mpmath() {
    // l; ln p(0.3), mean, variance, entropy, P(X ≤ 0.3), the x with P(X ≤ x) = 0.3.
    for (l, [log_p, mean, variance, entropy, cdf, quantile]) in [
        (
            1e-9,
            [
                -2.000000000416667e-10,
                0.5000000000833333,
                0.08333333333333333,
                -4.1666666666666674e-20,
                0.299999999895,
                0.300000000105,
            ],
        ),
        (
            1e-3,
            [
                -0.00020004166666631946,
                0.5000833333319444,
                0.08333332916666683,
                -4.166666562500003e-08,
                0.2998950070018373,
                0.30010501399772394,
            ],
        ),
        (
            0.7,
            [
                -0.16033394113034727,
                0.5578624350630347,
                0.08133069557133402,
                -0.020169763413777037,
                0.230507951529736,
                0.3793327723291589,
            ],
        ),
        (
            -1.4999999,
            [
                0.20794755908864304,
                0.3794497573511955,
                0.07473397141666387,
                -0.08877293100682548,
                0.46645116217479865,
                0.17689863848914944,
            ],
        ),
        (
            1.5,
            [
                -0.39205243296638165,
                0.6205502501222016,
                0.07473397036587254,
                -0.08877294221692074,
                0.16322887369002967,
                0.47677103214872285,
            ],
        ),
        (
            -3.0,
            [
                0.2496814696108113,
                0.2809376368420774,
                0.05597010560905135,
                -0.3068685590845791,
                0.6245235362563352,
                0.11185402740763738,
            ],
        ),
        (
            50.0,
            [
                -31.087976994571854,
                0.98,
                0.0004,
                -2.912023005428146,
                6.305114831397138e-16,
                0.9759205439134813,
            ],
        ),
        (
            -1000.0,
            [
                -293.09224472101783,
                0.001,
                1e-6,
                -5.907755278982137,
                1.0,
                0.0003566749439387324,
            ],
        ),
    ] {
        let (p, x) = (continuous::<f64>(l), row(&[0.3]));
        assert_digits(one(p.log_prob(&x)), log_p, 2e-15);
        assert_digits(one(p.mean()), mean, 1e-13);
        assert_digits(one(p.variance()), variance, 2e-14);
        assert_digits(one(p.entropy()), entropy, 1e-13);
        assert_digits(one(p.cdf(&x)), cdf, 3e-13);
        assert_digits(one(p.quantile(&x)), quantile, 1e-14);
        let (p, x) = (continuous::<f32>(l), row(&[0.3]));
        // 0.3 has a neighbour in `f32`.
        assert_digits(one(p.log_prob(&x)), log_p, 1e-6);
        assert_digits(one(p.mean()), mean, 1e-7);
        assert_digits(one(p.variance()), variance, 2e-7);
        assert_digits(one(p.entropy()), entropy, 2e-7);
    }
}

#[test]
fn divergences_against_mpmath() {
    for ([a1, b1, a2, b2], expected) in [
        ([2.0, 3.0, 4.0, 1.0], 4.007306620370226),
        ([1e10, 1e10, 1.0001e10, 1e10], 49.9983334191615),
        ([1e-10, 1.0, 3e-10, 2.0], 0.9013877112239461),
        ([5.0, 1.0, 5.0000001, 1.0000001], 1.6106613605405522e-14),
        ([0.7, 3.0, 0.70000001, 3.0], 1.417024581862732e-16),
        ([30., 2., 0.5, 7.], 103.52986940573199),
        ([0.5, 7., 30., 2.], 165.83396598959348),
    ] {
        assert_digits(
            one(gamma::<f64>(a1, b1).kl_to(&gamma(a2, b2))),
            expected,
            1e-12,
        );
    }
    for ([a1, b1], [a2, b2], expected) in [
        ([2.0, 3.0], [4.0, 1.0], 2.0986122886681096),
        ([1e8, 2e8], [1.0001e8, 2e8], 0.333318521543),
        ([2.0, 3.0], [2.0000001, 3.0], 2.1180554894021487e-15),
        ([1e-8, 2.0], [3e-8, 1.0], 0.9013877348825492),
        ([1e8, 1.0], [1.1e8, 1.0], 0.00468982019567514),
        ([1e8, 1e-8], [1.1e8, 1e-8], 4.6898202411296855e-11),
    ] {
        let kl = one(beta::<f64>(a1, b1).kl_to(&beta(a2, b2)));
        assert!(
            (kl - expected).abs() < 1e-12 * expected + 1e-18,
            "{kl} {expected}"
        );
        let kl = one(dirichlet::<f64>(&[a1, b1]).kl_to(&dirichlet(&[a2, b2])));
        assert!(
            (kl - expected).abs() < 1e-12 * expected + 1e-18,
            "{kl} {expected}"
        );
    }
    for (p, q, expected) in [
        ([2.0, 3.0, 4.0], [1.0, 1.0, 1.0], 0.6194062152544475),
        ([0.3, 30., 3000.], [0.31, 29., 3000.], 0.017580566164500717),
    ] {
        assert_digits(
            one(dirichlet::<f64>(&p).kl_to(&dirichlet(&q))),
            expected,
            1e-12,
        );
        assert_digits(
            one(dirichlet::<f32>(&p).kl_to(&dirichlet(&q))),
            expected,
            1e-4,
        );
    }
    for (l1, l2, expected) in [
        (0.3, 0.30000001, 4.14798341584921e-18),
        (0., 1e-4, 4.166666666319445e-10),
        (2.0, -1.5, 0.4784248210190158),
        (1e3, 1002., 1.997337326943982e-6),
        (-1e3, 1e3, 998.0),
        (30., 31., 0.000543510510308038),
        (1.2, 2.9, 0.10334328787142069),
        (-50., -2.1, 2.081456990236469),
    ] {
        assert_digits(
            one(continuous::<f64>(l1).kl_to(&continuous(l2))),
            expected,
            1e-8,
        );
        if (l1 - l2).abs() > 1e-6 {
            assert_digits(
                one(continuous::<f64>(l1).kl_to(&continuous(l2))),
                expected,
                1e-11,
            );
            assert_digits(
                one(continuous::<f32>(l1).kl_to(&continuous(l2))),
                expected,
                2e-7,
            );
        }
    }
    for (l1, l2, expected) in [
        (50., -50., 50.0),
        (1000., -1000., 1000.0),
        (-1000., 1000., 1000.0),
        (50., 50.5, 2.054709937242376e-23),
        (-50., -49., 1.3853859674356283e-22),
        (0.3, 0.30000001, 1.2222915565604057e-17),
        (30., -0.5, 0.974076984177159),
        (1000., 999., 0.0),
    ] {
        assert_digits(
            one(bernoulli::<f64>(l1).kl_to(&bernoulli(l2))),
            expected,
            2e-8,
        );
        assert_digits(
            one(binomial::<f64>(7., l1).kl_to(&binomial(7., l2))),
            7. * expected,
            2e-8,
        );
        if (l1 - l2).abs() > 1e-6 {
            assert_digits(
                one(bernoulli::<f64>(l1).kl_to(&bernoulli(l2))),
                expected,
                2e-14,
            );
            assert_digits(
                one(bernoulli::<f32>(l1).kl_to(&bernoulli(l2))),
                expected,
                1e-5,
            );
        }
    }
    for (rate1, rate2, expected) in [
        (1., 1.00000001, 4.999999905891958e-17),
        (1e-12, 2., 1.999999999970676),
        (3e10, 3.00001e10, 0.1666662962972222),
        (0.0, 3.0, 3.0),
        (0.0, 0.0, 0.0),
        (2.0, 0.0, f64::INFINITY),
    ] {
        assert_digits(
            one(poisson::<f64>(rate1).kl_to(&poisson(rate2))),
            expected,
            1e-14,
        );
    }
    for (l1, l2, expected) in [
        (0.4, -0.3, 0.1009229990408386),
        (-50., -49., std::f64::consts::E - 2.0),
        (50., 49., 1.3853859674356283e-22),
        (-50., 50., 2.592352764293536e23),
        (0.3, 0.30000001, 2.1277874126457728e-17),
        (-700., -699., std::f64::consts::E - 2.0),
    ] {
        assert_digits(
            one(geometric::<f64>(l1).kl_to(&geometric(l2))),
            expected,
            2e-8,
        );
        if l1 != 0.3 {
            assert_digits(
                one(geometric::<f64>(l1).kl_to(&geometric(l2))),
                expected,
                1e-13,
            );
            assert_digits(
                one(geometric::<f32>(l1).kl_to(&geometric(l2))),
                expected,
                2e-7,
            );
        }
    }
    // The values that the issue trackers and tests of other libraries hold theirs against.
    let logit = |p: f64| p.ln() - (-p).ln_1p();
    let kl = bernoulli::<f64>(logit(0.6)).kl_to(&bernoulli(logit(0.4)));
    assert_close(one(kl), 0.0810930, 1e-7);
    let kl = continuous::<f64>(logit(0.6)).kl_to(&continuous(logit(0.4)));
    assert_close(one(kl), 0.0273255, 1e-7);
    let (p, q) = (
        categorical::<f64>(&[0.0, 0.5, 0.5]),
        categorical(&[0.2, 0.2, 0.6]),
    );
    assert_close(one(p.kl_to(&q)), 0.3669846, 1e-7);
    assert_eq!(one(q.kl_to(&p)), f64::INFINITY);
}

/// Simpson's rule on 8000 intervals.
fn integrate(from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
    let step = (to - from) / 8000.0;
    let weight = |i| match i {
        0 | 8000 => 1.0,
        i if i % 2 == 1 => 4.0,
        _ => 2.0,
    };
    (0..=8000)
        .map(|i| weight(i) * f(from + f64::from(i) * step))
        .sum::<f64>()
        * step
        / 3.0
}

/// σ(t), and its derivative.
fn unit(t: f64) -> (f64, f64) {
    (t.sigmoid(), t.sigmoid() * (-t).sigmoid())
}

/// eᵗ, twice.
fn half_line(t: f64) -> (f64, f64) {
    (t.exp(), t.exp())
}

/// Mass, mean, variance and entropy, by quadrature over t where x = x(t).
fn integrals(log_p: impl Fn(f64) -> f64, range: [f64; 2], map: fn(f64) -> (f64, f64)) -> [f64; 4] {
    let moment = |f: &dyn Fn(f64, f64) -> f64| {
        integrate(range[0], range[1], |t| {
            let (x, slope) = map(t);
            let log_p = log_p(x);
            if log_p == f64::NEG_INFINITY {
                0.0
            } else {
                slope * log_p.exp() * f(x, log_p)
            }
        })
    };
    let mean = moment(&|x, _| x);
    let variance = moment(&|x, _| (x - mean) * (x - mean));
    [
        moment(&|_, _| 1.0),
        mean,
        variance,
        moment(&|_, log_p| -log_p),
    ]
}

/// The same, by a sum over the levels.
fn sums(log_p: impl Fn(f64) -> f64, levels: impl Iterator<Item = f64> + Clone) -> [f64; 4] {
    let moment = |f: &dyn Fn(f64, f64) -> f64| {
        let term = |x| {
            let log_p: f64 = log_p(x);
            if log_p == f64::NEG_INFINITY {
                0.0
            } else {
                log_p.exp() * f(x, log_p)
            }
        };
        levels.clone().map(term).sum::<f64>()
    };
    let mean = moment(&|x, _| x);
    let variance = moment(&|x, _| (x - mean) * (x - mean));
    [
        moment(&|_, _| 1.0),
        mean,
        variance,
        moment(&|_, log_p| -log_p),
    ]
}

#[track_caller]
fn assert_moments<P: Moments<usize, f64, NoneTape>>(p: &P, [mass, mean, variance, _]: [f64; 4]) {
    assert_close(mass, 1.0, 1e-9);
    assert_close(one(p.mean()), mean, 1e-8);
    assert_close(one(p.variance()), variance, 1e-8);
}

fn log_p<P: Density<usize, f64, NoneTape>>(p: &P) -> impl Fn(f64) -> f64 {
    |x| one(p.log_prob(&row(&[x])))
}

fn counts(to: u32) -> impl Iterator<Item = f64> + Clone {
    (0..=to).map(f64::from)
}

#[test]
fn densities_have_mass_one_and_the_stated_moments() {
    for (a, rate) in [(0.5, 2.0), (3.0, 0.7), (40.0, 5.0)] {
        let p = gamma(a, rate);
        let integrals = integrals(log_p(&p), [-60.0, 6.0], half_line);
        assert_moments(&p, integrals);
        assert_close(one(p.entropy()), integrals[3], 1e-8);
    }
    for (a, b) in [(0.5, 0.7), (3.0, 2.0), (40.0, 5.0)] {
        let p = beta(a, b);
        let integrals = integrals(log_p(&p), [-60.0, 30.0], unit);
        assert_moments(&p, integrals);
        assert_close(one(p.entropy()), integrals[3], 1e-8);
        let whole = dirichlet(&[a, b]);
        let mean = whole.mean();
        assert_close(as_slice(&mean)[1], 1.0 - integrals[1], 1e-8);
        assert_close(one(whole.variance()), integrals[2], 1e-8);
        for x in [0.1, 0.8] {
            let pair = one(whole.log_prob(&row(&[x, 1.0 - x])));
            assert_close(pair, one(p.log_prob(&row(&[x]))), 1e-13);
        }
    }
    for l in [0.0, 0.01, -1.4, 1.6, 12.0] {
        let p = continuous(l);
        let integrals = integrals(log_p(&p), [0.0, 1.0], |t| (t, 1.0));
        assert_moments(&p, integrals);
        assert_close(one(p.entropy()), integrals[3], 1e-8);
        let below = integrate(0.0, 0.3, |x| log_p(&p)(x).exp());
        assert_close(one(p.cdf(&row(&[0.3]))), below, 1e-9);
        assert_close(one(p.quantile(&row(&[below]))), 0.3, 1e-9);
        assert_eq!(one(p.cdf(&row(&[-0.1]))), 0.0);
        assert_eq!(one(p.cdf(&row(&[1.1]))), 1.0);
    }
    for (temperature, l) in [(0.9, 0.3), (1.0, -1.0), (3.0, 2.0)] {
        let p = RelaxedBernoulli::new(temperature, row(&[l])).expect("parameters");
        assert_close(integrals(log_p(&p), [-60.0, 30.0], unit)[0], 1.0, 1e-9);
        let below = integrate(-80.0, 0.3, |t| unit(t).1 * log_p(&p)(unit(t).0).exp());
        assert_close(one(p.cdf(&row(&[unit(0.3).0]))), below, 1e-8);
        assert_close(one(p.quantile(&row(&[below]))), unit(0.3).0, 1e-8);
        // In two dimensions, the relaxation of the one is that of the other.
        let whole = Concrete::new(temperature, row::<f64>(&[l, 0.0])).expect("parameters");
        let pair = one(whole.log_prob(&row(&[0.3, 0.7])));
        assert_close(pair, one(p.log_prob(&row(&[0.3]))), 1e-13);
    }
    let p = Concrete::new(0.7, row::<f64>(&[0.3, -0.4, 1.0])).expect("parameters");
    let of_first = |s: f64| {
        let (x, slope) = unit(s);
        let inner = |t: f64| {
            let (y, inner_slope) = unit(t);
            let point = row(&[x, y * (1.0 - x), (1.0 - y) * (1.0 - x)]);
            inner_slope * (1.0 - x) * one(p.log_prob(&point)).exp()
        };
        slope * trapezoid(inner)
    };
    assert_close(trapezoid(of_first), 1.0, 1e-6);

    let p = bernoulli(0.4);
    let sums_of_p = sums(log_p(&p), counts(1));
    assert_moments(&p, sums_of_p);
    assert_close(one(p.entropy()), sums_of_p[3], 1e-13);
    for l in [-1.0, 0.4] {
        let p = geometric(l);
        let sums_of_p = sums(log_p(&p), counts(300));
        assert_moments(&p, sums_of_p);
        assert_close(one(p.entropy()), sums_of_p[3], 1e-12);
        let below: f64 = counts(3).map(|x| log_p(&p)(x).exp()).sum();
        assert_close(one(p.cdf(&row(&[3.7]))), below, 1e-13);
        assert_eq!(one(p.cdf(&row(&[-0.1]))), 0.0);
        let p = binomial(12.0, l);
        assert_moments(&p, sums(log_p(&p), counts(14)));
        let p = negative_binomial(2.5, l);
        assert_moments(&p, sums(log_p(&p), counts(300)));
        let p = ZeroInflated::new(row(&[-0.7]), p).expect("a finite gate");
        assert_moments(&p, sums(log_p(&p), counts(300)));
    }
    for rate in [1e-3, 0.5, 20.0] {
        let p = poisson(rate);
        assert_moments(&p, sums(log_p(&p), counts(150)));
    }
    let grid = |levels: u32| counts(levels - 1).map(move |k| k / (f64::from(levels) - 1.0));
    for (levels, loc, log_scale) in [
        (256, 0.3, -2.0),
        (256, 1.1, -4.0),
        (2, 0.2, 0.0),
        (7, 0.5, -30.0),
        (256, 0.3, 50.0),
    ] {
        let p = discretized(levels, loc, log_scale);
        assert_moments(&p, sums(log_p(&p), grid(levels)));
        let below: f64 = grid(levels).take(2).map(|x| log_p(&p)(x).exp()).sum();
        let second = 1.0 / (f64::from(levels) - 1.0);
        assert_close(one(p.cdf(&row(&[second]))), below, 1e-13);
        let mixture = ElementMixture::new(
            vec![row(&[0.3]), row(&[-0.5]), row(&[1.0])],
            vec![
                p,
                discretized(levels, 0.8, -2.0),
                discretized(levels, 0.1, -5.0),
            ],
        )
        .expect("finite logits");
        assert_moments(&mixture, sums(log_p(&mixture), grid(levels)));
        assert_eq!(one(mixture.log_prob(&row(&[0.123]))), f64::NEG_INFINITY);
    }
    let p = categorical::<f64>(&[1.0, 2.0, 0.0, 5.0]);
    let (mean, variance) = (p.mean(), p.variance());
    for (i, expected) in [0.125, 0.25, 0.0, 0.625].into_iter().enumerate() {
        assert_close(as_slice(&mean)[i], expected, 1e-15);
        assert_close(as_slice(&variance)[i], expected * (1.0 - expected), 1e-15);
        let mut outcome = [0.0; 4];
        outcome[i] = 1.0;
        assert_close(one(p.log_prob(&row(&outcome))), expected.ln(), 1e-15);
    }
}

/// ∫ f, for an f that vanishes exponentially.
fn trapezoid(f: impl Fn(f64) -> f64) -> f64 {
    (-200..=200).map(|i| f(0.125 * f64::from(i))).sum::<f64>() * 0.125
}

#[test]
fn divergences_are_their_integrals() {
    for ([a1, b1], [a2, b2]) in [
        ([0.5, 2.0], [3.0, 0.7]),
        ([3.0, 0.7], [0.5, 2.0]),
        ([12.0, 3.0], [11.0, 5.0]),
    ] {
        let (p, q) = (gamma(a1, b1), gamma(a2, b2));
        let (log_p, log_q) = (log_p(&p), log_p(&q));
        let kl = integrate(-60.0, 6.0, |t| {
            t.exp() * log_p(t.exp()).exp() * (log_p(t.exp()) - log_q(t.exp()))
        });
        assert_close(one(p.kl_to(&q)), kl, 1e-8);
    }
    for ([a1, b1], [a2, b2]) in [
        ([0.5, 2.0], [3.0, 1.7]),
        ([3.0, 1.7], [0.5, 2.0]),
        ([12.0, 3.0], [11.0, 5.0]),
    ] {
        let (p, q) = (beta(a1, b1), beta(a2, b2));
        let (log_p, log_q) = (log_p(&p), log_p(&q));
        let kl = integrate(-60.0, 30.0, |t| {
            let (x, slope) = unit(t);
            if x == 1.0 {
                0.0
            } else {
                slope * log_p(x).exp() * (log_p(x) - log_q(x))
            }
        });
        assert_close(one(p.kl_to(&q)), kl, 1e-8);
    }
    for (l1, l2) in [(0.0, 0.3), (0.4, -2.0), (7.0, 3.0)] {
        let (p, q) = (continuous(l1), continuous(l2));
        let (log_p, log_q) = (log_p(&p), log_p(&q));
        let kl = integrate(0.0, 1.0, |x| log_p(x).exp() * (log_p(x) - log_q(x)));
        assert_close(one(p.kl_to(&q)), kl, 1e-9);
    }
    fn sum<P: Density<usize, f64, NoneTape>>(p: &P, q: &P, to: u32) -> f64 {
        let (log_p, log_q) = (log_p(p), log_p(q));
        counts(to)
            .map(|x| log_p(x).exp() * (log_p(x) - log_q(x)))
            .sum()
    }
    for (l1, l2) in [(0.0, 0.3), (0.4, -1.0), (-1.5, 2.0)] {
        let (p, q) = (bernoulli(l1), bernoulli(l2));
        assert_close(one(p.kl_to(&q)), sum(&p, &q, 1), 1e-13);
        let (p, q) = (geometric(l1), geometric(l2));
        assert_close(one(p.kl_to(&q)), sum(&p, &q, 400), 1e-12);
        let (p, q) = (binomial(9.0, l1), binomial(9.0, l2));
        assert_close(one(p.kl_to(&q)), sum(&p, &q, 9), 1e-13);
        let (p, q) = (poisson(l1.exp()), poisson(l2.exp()));
        assert_close(one(p.kl_to(&q)), sum(&p, &q, 60), 1e-13);
        let (p, q) = (
            [0.2, 0.3 + 0.1 * l1, 0.5 - 0.1 * l1],
            [0.4, 0.2 + 0.1 * l2, 0.4 - 0.1 * l2],
        );
        let kl: f64 = p.iter().zip(q).map(|(p, q)| p * (p / q).ln()).sum();
        assert_close(
            one(categorical::<f64>(&p).kl_to(&categorical(&q))),
            kl,
            1e-14,
        );
    }
    assert_eq!(
        one(binomial::<f64>(9.0, 0.1).kl_to(&binomial(8.0, 0.1))),
        f64::INFINITY
    );
    assert!(one(binomial::<f64>(8.0, 0.1).kl_to(&binomial(9.0, 0.1))).is_nan());
}

#[test]
fn divergences_vanish_at_equality_only_and_are_never_negative() {
    fn check<E: Real>() {
        for i in -60i32..=60 {
            let l = f64::from(i) * 0.8 + 0.1;
            for step in [0.0, 1e-7, 1e-4, 0.3, -1e-7, -1e-3] {
                let same = E::of(l + step) == E::of(l);
                let kls = [
                    one(bernoulli::<E>(l).kl_to(&bernoulli(l + step))),
                    one(continuous::<E>(l).kl_to(&continuous(l + step))),
                    one(geometric::<E>(l).kl_to(&geometric(l + step))),
                    one(binomial::<E>(1e4, l).kl_to(&binomial(1e4, l + step))),
                    one(poisson::<E>(l.exp()).kl_to(&poisson((l + step).exp()))),
                    one(gamma::<E>(l.exp(), 2.0).kl_to(&gamma((l + step).exp(), 2.0))),
                    one(beta::<E>(l.exp(), 2.0).kl_to(&beta((l + step).exp(), 2.0))),
                    one(dirichlet::<E>(&[l.exp(), 2.0, 0.1]).kl_to(&dirichlet(&[
                        (l + step).exp(),
                        2.0,
                        0.1,
                    ]))),
                    one(categorical::<E>(&[l.exp(), 2.0, 0.0]).kl_to(&categorical(&[
                        (l + step).exp(),
                        2.0,
                        0.0,
                    ]))),
                ];
                for (k, kl) in kls.into_iter().enumerate() {
                    assert!(kl >= 0.0, "{k} at {l}, {step}: {kl}");
                    assert!(step != 0.0 || kl == 0.0, "{k} at {l}: {kl}");
                    assert!(
                        same || step.abs() < 1e-5 || i.abs() > 10 || kl > 0.0,
                        "{k} at {l}, {step}"
                    );
                }
            }
        }
    }
    check::<f64>();
    check::<f32>();
}

/// The distribution function of a density, tabulated over t where x = x(t).
fn tabulated(
    log_p: impl Fn(f64) -> f64,
    [from, to]: [f64; 2],
    map: fn(f64) -> (f64, f64),
) -> impl Fn(f64) -> f64 {
    const STEPS: usize = 20_000;
    let step = (to - from) / STEPS as f64;
    let density = |i: usize| {
        let (x, slope) = map(from + i as f64 * step);
        slope * log_p(x).exp()
    };
    let mut table = vec![0.0];
    for i in 0..STEPS {
        table.push(table[i] + 0.5 * step * (density(i) + density(i + 1)));
    }
    move |t| {
        let place = ((t - from) / step).clamp(0.0, STEPS as f64 - 1e-9);
        let (i, rest) = (place as usize, place.fract());
        table[i] * (1.0 - rest) + table[i + 1] * rest
    }
}

const DRAWS: usize = 200_000;

fn draws<P: Sample<usize, f64>>(p: &P) -> Vec<f64> {
    as_slice(&p.sample(&mut StdRng::seed_from_u64(7))).to_vec()
}

fn logits(samples: &[f64]) -> Vec<f64> {
    samples.iter().map(|x| x.ln() - (-x).ln_1p()).collect()
}

#[test]
fn continuous_samples_follow_their_densities() {
    for (a, rate) in [(0.05, 2.0), (0.9, 1.0), (5.0, 0.3)] {
        let samples = draws(&Gamma {
            concentration: repeated(a, DRAWS),
            rate: repeated(rate, DRAWS),
        });
        let logs: Vec<f64> = samples.iter().map(|x| x.ln()).collect();
        assert_ks(
            &logs,
            tabulated(
                log_p(&gamma(a, rate)),
                [-600.0 * f64::from(u8::from(a < 0.1)) - 60.0, 6.0],
                half_line,
            ),
        );
    }
    for (a, b) in [(0.3, 0.4), (2.0, 0.5), (7.0, 30.0)] {
        let samples = draws(&Beta {
            concentration1: repeated(a, DRAWS),
            concentration0: repeated(b, DRAWS),
        });
        // By the logit, of the lower half to all digits.
        let lower: Vec<f64> = logits(&samples).into_iter().map(|t| t.min(0.0)).collect();
        let p = beta(a, b);
        let cdf = tabulated(log_p(&p), [-90.0, 30.0], unit);
        assert_ks(
            &lower
                .iter()
                .copied()
                .filter(|t| *t < 0.0)
                .collect::<Vec<_>>(),
            |t| cdf(t) / cdf(0.0),
        );
        let share = lower.iter().filter(|t| **t < 0.0).count() as f64 / DRAWS as f64;
        assert!((share - cdf(0.0)).abs() < 5.0 * (share * (1.0 - share) / DRAWS as f64).sqrt());
        let upper: Vec<f64> = samples.iter().copied().filter(|x| *x > 0.5).collect();
        assert_ks(&upper, |x| {
            let t = x.ln() - (-x).ln_1p();
            if x == 1.0 {
                1.0
            } else {
                (cdf(t) - cdf(0.0)) / (1.0 - cdf(0.0))
            }
        });
    }
    for l in [0.0, 1e-5, -3.0, 40.0, 1000.0] {
        let p = ContinuousBernoulli {
            logits: repeated(l, DRAWS),
        };
        let at = continuous::<f64>(l);
        assert_ks(&draws(&p), |x| one(at.cdf(&row(&[x]))));
    }
    for (temperature, l) in [(0.5, 1.0), (2.0, -3.0)] {
        let p = RelaxedBernoulli {
            temperature,
            logits: repeated(l, DRAWS),
        };
        let at = RelaxedBernoulli {
            temperature,
            logits: row::<f64>(&[l]),
        };
        assert_ks(&draws(&p), |x| one(at.cdf(&row(&[x]))));
    }
}

/// `DRAWS` examples of this row.
fn rows_of(values: &[f64]) -> Row {
    let all = values
        .iter()
        .copied()
        .cycle()
        .take(values.len() * DRAWS)
        .collect::<Vec<f64>>();
    Cpu::default().tensor_from_vec(all, (DRAWS, values.len()))
}

#[test]
fn samples_of_rows_follow_their_densities() {
    let a = [0.7, 2.0, 3.3];
    let samples = draws(&Dirichlet {
        concentration: rows_of(&a),
    });
    for i in 0..3 {
        // Each element is a beta variable.
        let element: Vec<f64> = samples.chunks(3).map(|x| x[i]).collect();
        let p = beta(a[i], 6.0 - a[i]);
        let cdf = tabulated(log_p(&p), [-60.0, 30.0], unit);
        assert_ks(&logits(&element), cdf);
    }
    assert!(
        samples
            .chunks(3)
            .all(|x| (x.iter().sum::<f64>() - 1.0).abs() < 1e-14)
    );
    let product = samples.chunks(3).map(|x| x[0] * x[1]).sum::<f64>() / DRAWS as f64;
    assert!(
        (product - 0.7 * 2.0 / (6.0 * 7.0)).abs() < 3e-4,
        "{product}"
    );

    let l = [0.3, -0.4, 1.0, f64::NEG_INFINITY];
    let samples = draws(&Categorical {
        logits: rows_of(&l),
    });
    assert!(samples.chunks(4).all(|x| x.iter().sum::<f64>() == 1.0));
    let outcome = |x: &[f64]| x.iter().position(|x| *x == 1.0).expect("one-hot") as f64;
    let p = Categorical {
        logits: row::<f64>(&l),
    };
    let log_p = |i: f64| {
        let mut x = [0.0; 4];
        x[i as usize] = 1.0;
        one(p.log_prob(&row(&x)))
    };
    assert_frequencies(
        &samples.chunks(4).map(outcome).collect::<Vec<_>>(),
        log_p,
        counts(3),
    );

    // The largest element is that of the categorical variable, and a share of two elements a relaxed Bernoulli variable.
    let samples = draws(&Concrete {
        temperature: 0.6,
        logits: rows_of(&l[..3]),
    });
    let largest = |x: &[f64]| {
        (0..3)
            .max_by(|i, j| x[*i].total_cmp(&x[*j]))
            .expect("three") as f64
    };
    assert_frequencies(
        &samples.chunks(3).map(largest).collect::<Vec<_>>(),
        log_p,
        counts(2),
    );
    let pair = RelaxedBernoulli {
        temperature: 0.6,
        logits: row::<f64>(&[0.7]),
    };
    let shares: Vec<f64> = samples.chunks(3).map(|x| x[0] / (x[0] + x[1])).collect();
    assert_ks(&shares, |x| one(pair.cdf(&row(&[x]))));
}

/// χ², at six standard deviations.
#[track_caller]
fn assert_frequencies(
    samples: &[f64],
    log_p: impl Fn(f64) -> f64,
    levels: impl Iterator<Item = f64>,
) {
    let n = samples.len() as f64;
    let (mut statistic, mut degrees, mut seen) = (0.0, 0.0, 0.0);
    for x in levels {
        let count = samples
            .iter()
            .filter(|sample| (**sample - x).abs() < 1e-12)
            .count() as f64;
        let expected = n * log_p(x).exp();
        seen += count;
        if expected > 5.0 {
            statistic += (count - expected).powi(2) / expected;
            degrees += 1.0;
        } else {
            assert!(count < 25.0, "{count} times {x} instead of {expected}");
        }
    }
    assert_eq!(seen, n, "samples outside of the support");
    assert!(
        statistic < degrees + 6.0 * f64::sqrt(2.0 * degrees) + 10.0,
        "χ² = {statistic} for {degrees}"
    );
}

#[test]
fn discrete_samples_follow_their_masses() {
    let n = DRAWS;
    for l in [-2.0, 0.3, 3.0] {
        let p = bernoulli::<f64>(l);
        assert_frequencies(
            &draws(&Bernoulli {
                logits: repeated(l, n),
            }),
            log_p(&p),
            counts(1),
        );
        let p = geometric::<f64>(l);
        assert_frequencies(
            &draws(&Geometric {
                logits: repeated(l, n),
            }),
            log_p(&p),
            counts(200),
        );
        let p = binomial::<f64>(30.0, l);
        let many = Binomial {
            total_count: repeated(30.0, n),
            logits: repeated(l, n),
        };
        assert_frequencies(&draws(&many), log_p(&p), counts(30));
        let p = negative_binomial::<f64>(0.4, l);
        let many = || NegativeBinomial {
            total_count: repeated(0.4, n),
            logits: repeated(l, n),
        };
        assert_frequencies(&draws(&many()), log_p(&p), counts(400));
        let p = ZeroInflated {
            gate: row(&[l]),
            counts: p,
        };
        let many = ZeroInflated {
            gate: repeated(l, n),
            counts: many(),
        };
        assert_frequencies(&draws(&many), log_p(&p), counts(400));
    }
    for rate in [0.3, 25.0] {
        let p = poisson::<f64>(rate);
        assert_frequencies(
            &draws(&Poisson {
                rate: repeated(rate, n),
            }),
            log_p(&p),
            counts(100),
        );
    }
    for rate in [0.0, 1e-20] {
        assert!(
            draws(&Poisson {
                rate: repeated(rate, 9)
            })
            .iter()
            .all(|x| *x == 0.0)
        );
    }
    let many = draws(&Poisson {
        rate: repeated(1e10, n),
    });
    let standardized: Vec<f64> = many.iter().map(|x| (x - 1e10) / 1e5).collect();
    assert_ks(&standardized, |z| z.log_ndtr().exp());
    let levels = || counts(15).map(|k| k / 15.0);
    let p = discretized::<f64>(16, 0.2, -2.0);
    let many = DiscretizedLogistic {
        levels: 16,
        loc: repeated(0.2, n),
        log_scale: repeated(-2.0, n),
    };
    assert_frequencies(&draws(&many), log_p(&p), levels());
    let other = DiscretizedLogistic {
        levels: 16,
        loc: repeated(0.9, n),
        log_scale: repeated(-4.0, n),
    };
    let third = DiscretizedLogistic {
        levels: 16,
        loc: repeated(0.5, n),
        log_scale: repeated(-3.0, n),
    };
    let mixture = ElementMixture {
        logits: vec![repeated(0.3, n), repeated(-0.5, n), repeated(0.1, n)],
        components: vec![many, other, third],
    };
    let components = vec![p, discretized(16, 0.9, -4.0), discretized(16, 0.5, -3.0)];
    let p = ElementMixture {
        logits: vec![row(&[0.3]), row(&[-0.5]), row(&[0.1])],
        components,
    };
    assert_frequencies(&draws(&mixture), log_p(&p), levels());
}

type Traced = Batch<usize, f64, GradTape<f64>>;

/// Data of one value, or of 0, 1, 2, 0, … if none is given.
fn data(like: &Traced, of: impl Fn(usize) -> f64) -> Traced {
    let shape = *like.shape();
    let values = (0..shape.num_elements()).map(of).collect();
    Cpu::default()
        .tensor_from_vec(values, shape)
        .put_tape(GradTape::for_data())
}

fn scaled(x: Traced, scale: f64, shift: f64) -> Traced {
    formula([x], move |[x]| x * scale + shift)
}

fn simplex(x: Traced) -> Traced {
    softmax(scaled(x, 3.0, 0.0), Axis::<1>)
}

#[test]
fn gradients_of_continuous_distributions() {
    for scale in [1.0, 20.0] {
        let a = move |x| scaled(x, scale, 0.0);
        assert_grad(0.3..0.9, move |[x, c, rate]| {
            Gamma {
                concentration: a(c),
                rate,
            }
            .log_prob(&x)
        });
        assert_grad(0.3..0.9, move |[c, rate]| {
            Gamma {
                concentration: a(c),
                rate,
            }
            .entropy()
        });
        assert_grad(0.3..0.9, move |[c, rate]| {
            Gamma {
                concentration: a(c),
                rate,
            }
            .mean()
        });
        assert_grad(0.3..0.9, move |[c, rate]| {
            Gamma {
                concentration: a(c),
                rate,
            }
            .variance()
        });
        assert_grad(0.3..0.9, move |[c1, r1, c2, r2]| {
            Gamma {
                concentration: a(c1),
                rate: r1,
            }
            .kl_to(&Gamma {
                concentration: a(c2),
                rate: r2,
            })
        });
        let beta = move |c1, c0| Beta {
            concentration1: a(c1),
            concentration0: a(c0),
        };
        assert_grad(0.3..0.9, move |[x, c1, c0]| beta(c1, c0).log_prob(&x));
        assert_grad(0.3..0.9, move |[c1, c0]| beta(c1, c0).entropy());
        assert_grad(0.3..0.9, move |[c1, c0]| beta(c1, c0).mean());
        assert_grad(0.3..0.9, move |[c1, c0]| beta(c1, c0).variance());
        assert_grad(0.3..0.9, move |[p1, p0, q1, q0]| {
            beta(p1, p0).kl_to(&beta(q1, q0))
        });
        let dirichlet = move |c| Dirichlet {
            concentration: a(c),
        };
        assert_grad(0.3..0.9, move |[x, c]| dirichlet(c).log_prob(&simplex(x)));
        assert_grad(0.3..0.9, move |[c]| dirichlet(c).entropy());
        assert_grad(0.3..0.9, move |[c]| dirichlet(c).mean());
        assert_grad(0.3..0.9, move |[c]| dirichlet(c).variance());
        assert_grad(0.3..0.9, move |[p, q]| dirichlet(p).kl_to(&dirichlet(q)));
    }
    for (scale, shift) in [(1.0, -0.5), (1e-3, 0.0), (6.0, -3.0), (50.0, -25.0)] {
        let p = move |l| ContinuousBernoulli {
            logits: scaled(l, scale, shift),
        };
        assert_grad(0.05..0.95, move |[x, l]| p(l).log_prob(&x));
        assert_grad(0.05..0.95, move |[x, l]| p(l).cdf(&x));
        assert_grad(0.05..0.95, move |[u, l]| p(l).quantile(&u));
        assert_grad(0.05..0.95, move |[l]| p(l).entropy());
        assert_grad(0.05..0.95, move |[l]| p(l).mean());
        assert_grad(0.05..0.95, move |[l]| p(l).variance());
        assert_grad(0.05..0.95, move |[l, m]| p(l).kl_to(&p(m)));
    }
    let p = |l| RelaxedBernoulli {
        temperature: 0.7,
        logits: scaled(l, 4.0, -2.0),
    };
    assert_grad(0.05..0.95, move |[x, l]| p(l).log_prob(&x));
    assert_grad(0.05..0.95, move |[x, l]| p(l).cdf(&x));
    assert_grad(0.05..0.95, move |[u, l]| p(l).quantile(&u));
    assert_grad(-1.0..1.0, |[x, logits]| {
        Concrete {
            temperature: 0.7,
            logits,
        }
        .log_prob(&simplex(x))
    });
}

#[test]
fn gradients_of_discrete_distributions() {
    let count = |i: usize| (i * i % 4) as f64;
    assert_grad(-3.0..3.0, |[logits]| Bernoulli { logits }.entropy());
    assert_grad(-3.0..3.0, |[l1, l2]| {
        Bernoulli { logits: l1 }.kl_to(&Bernoulli { logits: l2 })
    });
    assert_grad(-3.0..3.0, |[x, logits]| Categorical { logits }.log_prob(&x));
    assert_grad(-3.0..3.0, |[logits]| Categorical { logits }.mean());
    assert_grad(-3.0..3.0, |[logits]| Categorical { logits }.variance());
    assert_grad(-3.0..3.0, |[logits]| Categorical { logits }.entropy());
    assert_grad(-3.0..3.0, |[l1, l2]| {
        Categorical { logits: l1 }.kl_to(&Categorical { logits: l2 })
    });
    assert_grad(0.2..1.0, |[p]| {
        Categorical::from_probabilities(p)
            .expect("probabilities")
            .entropy()
    });
    assert_grad(-2.0..2.0, move |[logits]| {
        Geometric {
            logits: logits.clone(),
        }
        .log_prob(&data(&logits, count))
    });
    assert_grad(-2.0..2.0, move |[logits]| {
        Geometric {
            logits: logits.clone(),
        }
        .cdf(&data(&logits, count))
    });
    assert_grad(-2.0..2.0, |[logits]| Geometric { logits }.entropy());
    assert_grad(-2.0..2.0, |[logits]| Geometric { logits }.mean());
    assert_grad(-2.0..2.0, |[logits]| Geometric { logits }.variance());
    assert_grad(-2.0..2.0, |[l1, l2]| {
        Geometric { logits: l1 }.kl_to(&Geometric { logits: l2 })
    });
    let binomial = |logits: Traced| Binomial {
        total_count: data(&logits, |_| 3.0),
        logits,
    };
    assert_grad(-2.0..2.0, move |[l]| {
        binomial(l.clone()).log_prob(&data(&l, count))
    });
    assert_grad(-2.0..2.0, move |[l]| binomial(l).mean());
    assert_grad(-2.0..2.0, move |[l]| binomial(l).variance());
    assert_grad(-2.0..2.0, move |[l1, l2]| binomial(l1).kl_to(&binomial(l2)));
    assert_grad(0.2..9.0, move |[rate]| {
        Poisson { rate: rate.clone() }.log_prob(&data(&rate, count))
    });
    assert_grad(0.2..9.0, move |[r1, r2]| {
        Poisson { rate: r1 }.kl_to(&Poisson { rate: r2 })
    });
    let negative = |r, l| NegativeBinomial {
        total_count: r,
        logits: scaled(l, 1.0, -2.0),
    };
    assert_grad(0.2..4.0, move |[r, l]| {
        negative(r, l.clone()).log_prob(&data(&l, count))
    });
    assert_grad(0.2..3.0, move |[r, l]| negative(r, l).mean());
    assert_grad(0.2..3.0, move |[r, l]| negative(r, l).variance());
    let inflated = move |gate, r, l| ZeroInflated {
        gate,
        counts: negative(r, l),
    };
    assert_grad(0.2..4.0, move |[g, r, l]| {
        inflated(g, r, l.clone()).log_prob(&data(&l, count))
    });
    assert_grad(0.2..4.0, move |[g, r, l]| {
        inflated(g, r, l.clone()).log_prob_of_elements(&data(&l, count))
    });
    assert_grad(0.2..3.0, move |[g, r, l]| inflated(g, r, l).mean());
    assert_grad(0.2..3.0, move |[g, r, l]| inflated(g, r, l).variance());
    let level = |i: usize| (i * i % 4) as f64 / 3.0;
    for shift in [-1.0, -3.0, 2.0] {
        let p = move |loc, s| DiscretizedLogistic {
            levels: 4,
            loc,
            log_scale: scaled(s, 1.0, shift),
        };
        assert_grad(0.1..1.2, move |[m, s]| {
            p(m.clone(), s).log_prob(&data(&m, level))
        });
        assert_grad(0.1..1.2, move |[m, s]| {
            p(m.clone(), s).cdf(&data(&m, level))
        });
        let mixture = move |[l, m, s]: [Traced; 3]| ElementMixture {
            components: vec![p(m.clone(), s.clone()), p(s, m)],
            logits: vec![l.clone(), scaled(l, -1.0, 0.5)],
        };
        assert_grad(0.1..1.2, move |x| {
            mixture(x.clone()).log_prob(&data(&x[0], level))
        });
    }
    // The level next to the location, around which the moments are summed up, must not change.
    let p = |loc, s| DiscretizedLogistic {
        levels: 4,
        loc: scaled(loc, 0.2, 0.4),
        log_scale: scaled(s, 1.0, -2.0),
    };
    assert_grad(0.1..0.4, move |[m, s]| p(m, s).mean());
    assert_grad(0.1..0.4, move |[m, s]| p(m, s).variance());
    let mixture = move |[l, m, s]: [Traced; 3]| ElementMixture {
        components: vec![p(m.clone(), s.clone()), p(s, m)],
        logits: vec![l.clone(), scaled(l, -1.0, 0.5)],
    };
    assert_grad(0.1..0.4, move |x| mixture(x).mean());
    assert_grad(0.1..0.4, move |x| mixture(x).variance());
}

/// The value of f, and its gradients, each with respect to one number.
fn traced<const K: usize>(
    at: [f64; K],
    f: impl Fn([Traced; K]) -> PerExample<f64, GradTape<f64>>,
) -> (f64, [f64; K]) {
    let leaves = at.map(|x| row::<f64>(&[x]));
    let tape = GradTape::new();
    let out = f(leaves.each_ref().map(|x| x.clone().put_tape(tape.clone())));
    let value = one(out.clone());
    let gradients = backward(batch_mean(out), 1.0);
    (
        value,
        leaves.each_ref().map(|x| as_slice(&gradients.get(x))[0]),
    )
}

/// Asserts that the gradients are finite, and the value is no NaN.
#[track_caller]
fn assert_finite<const K: usize>(
    at: [f64; K],
    f: impl Fn([Traced; K]) -> PerExample<f64, GradTape<f64>>,
) {
    let (value, gradients) = traced(at, f);
    assert!(!value.is_nan(), "{at:?} gives {value}");
    assert!(
        gradients.iter().all(|g| g.is_finite()),
        "{at:?} gives {value} and {gradients:?}"
    );
}

#[test]
fn extreme_parameters_have_gradients() {
    let exp = |x| formula([x], |[x]| x.exp());
    for l in [-50.0, -3.0, 0.0, 40.0, 50.0] {
        assert_finite([l], |[l]| Bernoulli { logits: l }.entropy());
        assert_finite([l], |[l]| ContinuousBernoulli { logits: l }.entropy());
        assert_finite([l], |[l]| Geometric { logits: l }.entropy());
        assert_finite([l], |[l]| {
            DiscretizedLogistic {
                levels: 256,
                loc: data(&l, |_| 0.4),
                log_scale: l.clone(),
            }
            .log_prob(&data(&l, |_| 0.6))
        });
        for m in [-50.0, -2.0, 0.0, 1.0, 50.0] {
            let gamma = |a, b| Gamma {
                concentration: exp(a),
                rate: exp(b),
            };
            let beta = |a, b| Beta {
                concentration1: exp(a),
                concentration0: exp(b),
            };
            assert_finite([l, m], |[a, b]| gamma(a, b).entropy());
            assert_finite([l, m], |[a, b]| beta(a, b).entropy());
            assert_finite([l, m], |[a, b]| {
                Dirichlet {
                    concentration: exp(a),
                }
                .kl_to(&Dirichlet {
                    concentration: exp(b),
                })
            });
            assert_finite([l, m], |[l, m]| {
                Bernoulli { logits: l }.kl_to(&Bernoulli { logits: m })
            });
            assert_finite([20.0 * l, 20.0 * m], |[l, m]| {
                Bernoulli { logits: l }.kl_to(&Bernoulli { logits: m })
            });
            assert_finite([20.0 * l, 20.0 * m], |[l, m]| {
                ContinuousBernoulli { logits: l }.kl_to(&ContinuousBernoulli { logits: m })
            });
            assert_finite([l, m], |[l, m]| {
                Geometric { logits: l }.kl_to(&Geometric { logits: m })
            });
            assert_finite([l, m], |[l, m]| {
                Poisson { rate: exp(l) }.kl_to(&Poisson { rate: exp(m) })
            });
            for x in [0.0, 1.0, 7.0, 1e9] {
                assert_finite([l, m], |[r, l]| {
                    NegativeBinomial {
                        total_count: exp(r),
                        logits: l.clone(),
                    }
                    .log_prob(&data(&l, |_| x))
                });
                assert_finite([l, m], |[g, l]| {
                    ZeroInflated {
                        gate: g,
                        counts: Poisson {
                            rate: exp(l.clone()),
                        },
                    }
                    .log_prob(&data(&l, |_| x))
                });
                assert_finite([l], |[l]| {
                    Poisson {
                        rate: exp(l.clone()),
                    }
                    .log_prob(&data(&l, |_| x))
                });
                assert_finite([l], |[l]| {
                    Geometric { logits: l.clone() }.log_prob(&data(&l, |_| x))
                });
                assert_finite([20.0 * l], |[l]| {
                    Binomial {
                        total_count: data(&l, |_| 7.0),
                        logits: l.clone(),
                    }
                    .log_prob(&data(&l, |_| x))
                });
            }
            for x in [1e-30, 0.3, 1.0 - 1e-16] {
                assert_finite([x, l, m], |[x, a, b]| gamma(a, b).log_prob(&x));
                assert_finite([x, l, m], |[x, a, b]| beta(a, b).log_prob(&x));
                assert_finite([x, 20.0 * l], |[x, l]| {
                    ContinuousBernoulli { logits: l }.log_prob(&x)
                });
                assert_finite([x, 20.0 * l], |[x, l]| {
                    ContinuousBernoulli { logits: l }
                        .cdf(&x)
                        .reshape_like(&(1,))
                });
                assert_finite([x, l], |[x, l]| {
                    RelaxedBernoulli {
                        temperature: 0.1,
                        logits: l,
                    }
                    .log_prob(&x)
                });
            }
            for n in [-50.0, 1.0, 50.0] {
                for o in [-50.0, 0.5, 50.0] {
                    assert_finite([l, m, n, o], |[a1, b1, a2, b2]| {
                        gamma(a1, b1).kl_to(&gamma(a2, b2))
                    });
                    assert_finite([l, m, n, o], |[a1, b1, a2, b2]| {
                        beta(a1, b1).kl_to(&beta(a2, b2))
                    });
                }
            }
        }
    }
}

#[test]
fn outside_of_the_support_there_is_no_gradient() {
    let minus = (f64::NEG_INFINITY, [0.0]);
    assert_eq!(
        traced([1.0], |[a]| Gamma {
            concentration: a.clone(),
            rate: a.clone()
        }
        .log_prob(&data(&a, |_| 0.0))),
        minus
    );
    assert_eq!(
        traced([1.0], |[a]| Beta {
            concentration1: a.clone(),
            concentration0: a.clone()
        }
        .log_prob(&data(&a, |_| 1.0))),
        minus
    );
    assert_eq!(
        traced([1.0], |[a]| Dirichlet {
            concentration: a.clone()
        }
        .log_prob(&data(&a, |_| 0.9))),
        minus
    );
    assert_eq!(
        traced([1.0], |[a]| Concrete {
            temperature: 1.0,
            logits: a.clone()
        }
        .log_prob(&data(&a, |_| 0.9))),
        minus
    );
    assert_eq!(
        traced([1.0], |[a]| ContinuousBernoulli { logits: a.clone() }
            .log_prob(&data(&a, |_| 1.1))),
        minus
    );
    assert_eq!(
        traced([1.0], |[a]| RelaxedBernoulli {
            temperature: 1.0,
            logits: a.clone()
        }
        .log_prob(&data(&a, |_| 0.0))),
        minus
    );
    assert_eq!(
        traced([1.0], |[a]| Poisson { rate: a.clone() }
            .log_prob(&data(&a, |_| 0.5))),
        minus
    );
    assert_eq!(
        traced([0.0], |[a]| Poisson { rate: a.clone() }
            .log_prob(&data(&a, |_| 2.0))),
        minus
    );
    assert_eq!(
        traced([1.0], |[a]| Geometric { logits: a.clone() }
            .log_prob(&data(&a, |_| -1.0))),
        minus
    );
    assert_eq!(
        traced([1.0], |[a]| Binomial {
            total_count: data(&a, |_| 3.0),
            logits: a.clone()
        }
        .log_prob(&data(&a, |_| 4.0))),
        minus
    );
    assert_eq!(
        traced([1.0], |[a]| NegativeBinomial {
            total_count: a.clone(),
            logits: a.clone()
        }
        .log_prob(&data(&a, |_| 0.5))),
        minus
    );
    assert_eq!(
        traced([1.0], |[a]| ZeroInflated {
            gate: a.clone(),
            counts: Poisson { rate: a.clone() }
        }
        .log_prob(&data(&a, |_| 0.5))),
        minus
    );
    let grey = |a: &Traced| DiscretizedLogistic {
        levels: 256,
        loc: a.clone(),
        log_scale: a.clone(),
    };
    assert_eq!(
        traced([1.0], |[a]| grey(&a).log_prob(&data(&a, |_| -1.0 / 255.0))),
        minus
    );
    assert_eq!(
        traced([1.0], |[a]| ElementMixture {
            logits: vec![a.clone(); 2],
            components: vec![grey(&a), grey(&a)]
        }
        .log_prob(&data(&a, |_| 0.123))),
        minus
    );

    // A whole row, of which some elements have a finite term.
    let (p, q) = (row::<f64>(&[0.2, 0.2, 0.6]), row::<f64>(&[0.0, 0.5, 0.5]));
    for (first, second, expected) in [(&p, &q, f64::INFINITY), (&q, &p, 0.3669845875401002)] {
        let tape = GradTape::new();
        let traced = |p: &Row| {
            Categorical::from_probabilities(p.clone().put_tape(tape.clone()))
                .expect("probabilities")
        };
        let kl = traced(first).kl_to(&traced(second));
        assert_close(one(kl.clone()), expected, 1e-8);
        let gradients = backward(batch_mean(kl), 1.0);
        let gradients = [as_slice(&gradients.get(&p)), as_slice(&gradients.get(&q))].concat();
        assert!(gradients.iter().all(|g| g.is_finite()), "{gradients:?}");
        assert_eq!(gradients == [0.0; 6], expected.is_infinite());
    }
}

#[test]
fn samples_stay_inside_of_the_support() {
    let mut rng = StdRng::seed_from_u64(1);
    for l in [-50.0f64, -5.0, 5.0, 50.0] {
        let p = gamma::<f32>(l.exp(), 1.0);
        assert!(one(p.log_prob(&p.sample(&mut rng))).is_finite());
        let p = beta::<f32>(l.exp(), 1.0);
        assert!(one(p.log_prob(&p.sample(&mut rng))).is_finite());
        let p = dirichlet::<f32>(&[l.exp(), 1.0, 1e-9]);
        assert!(one(p.log_prob(&p.sample(&mut rng))).is_finite());
        let p = continuous::<f32>(20.0 * l);
        assert!(one(p.log_prob(&p.sample(&mut rng))).is_finite());
        let p = RelaxedBernoulli::<usize>::new(0.01, row(&[l])).expect("parameters");
        assert!(one(p.log_prob(&p.sample(&mut rng))).is_finite());
        let p = Concrete::<usize>::new(0.01, row(&[l, 0.0, 1.0])).expect("parameters");
        assert!(one(p.log_prob(&p.sample(&mut rng))).is_finite());
    }
}

#[test]
fn parameters_are_checked() {
    assert!(Gamma::<usize>::new(row(&[1.0]), row(&[0.0])).is_err());
    assert!(Beta::<usize>::new(row(&[-1.0]), row(&[1.0])).is_err());
    assert!(Categorical::<usize>::new(row(&[f64::NEG_INFINITY, 0.0])).is_err());
    assert!(Categorical::<usize>::from_probabilities(row(&[0.0, 0.0])).is_err());
    assert!(Binomial::<usize>::new(row(&[1.5]), row(&[0.0])).is_err());
    assert!(DiscretizedLogistic::<usize>::new(1, row(&[0.5]), row(&[0.0])).is_err());
    assert!(Concrete::<usize>::new(0.0, row(&[0.0])).is_err());
    assert!(RelaxedBernoulli::<usize>::new(f64::NAN, row(&[0.0])).is_err());
}

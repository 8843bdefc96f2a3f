//! The functions of `vae_ops::math` against exact values, and the `f32` ones against `f64` over all magnitudes.

use std::collections::BTreeMap;
use vae_ops::Real;
use vae_ops::math::{bessel_i_ratio, log_bessel_i};
use vae_ops::math::{
    beta_inc, beta_inc_derivatives, beta_log_odds_derivatives, beta_sample_derivatives, gamma_p,
    gamma_p_derivatives, gamma_q, gamma_sample_derivative, log_gamma_sample_derivative,
    student_t_cdf, student_t_cdf_derivatives, student_t_sample_derivative,
    von_mises_fisher_sample_derivative,
};

type Function<E> = fn(E) -> E;

macro_rules! functions {
    ($($name:ident $method:ident)*) => { [$((stringify!($name), $method::<f64> as Function<f64>, $method::<f32> as Function<f32>)),*] };
}

macro_rules! generic {
    ($($method:ident)*) => { $(fn $method<E: Real>(x: E) -> E { x.$method() })* };
}

generic! { exp_v exp_m1_v ln_v ln_1p_v tanh_v sigmoid softplus log_sigmoid sin_v cos_v erf_v erfc_v log_ndtr inverse_mills }
generic! { lgamma digamma trigamma i0e i1e log_i0 }

const FUNCTIONS: [(&str, Function<f64>, Function<f32>); 20] = functions! {
    exp exp_v  exp_m1 exp_m1_v  ln ln_v  ln_1p ln_1p_v  tanh tanh_v  sigmoid sigmoid  softplus softplus
    log_sigmoid log_sigmoid  sin sin_v  cos cos_v  erf erf_v  erfc erfc_v  log_ndtr log_ndtr  inverse_mills inverse_mills  lgamma lgamma
    digamma digamma  trigamma trigamma  i0e i0e  i1e i1e  log_i0 log_i0
};

/// The lines `function,arguments,value` of the table of exact values.
fn table() -> impl Iterator<Item = (&'static str, Vec<f64>)> {
    include_str!("golden/special.csv").lines().map(|line| {
        let (name, numbers) = line.split_once(',').unwrap();
        (
            name,
            numbers.split(',').map(|x| x.parse().unwrap()).collect(),
        )
    })
}

/// On the negative axis the gamma functions pass through zero between any two poles: an absolute error counts there.
fn scale(name: &str, x: f64, exact: f64) -> f64 {
    let crosses_zero = x < 0.0 && (name == "lgamma" || name == "digamma");
    exact.abs().max(if crosses_zero { 1.0 } else { 0.0 })
}

fn relative(approx: f64, exact: f64, scale: f64) -> f64 {
    if approx == exact {
        0.0
    } else {
        // Subnormal numbers are as good as their last bit.
        (approx - exact).abs() / scale.max(1e-308)
    }
}

fn ulps(approx: f32, exact: f64, scale: f64) -> f64 {
    if approx == exact as f32 || approx.is_nan() && exact.is_nan() {
        return 0.0;
    }
    let size = scale as f32;
    let size = size.min(f32::MAX).to_bits();
    let ulp = f64::from(f32::from_bits(size)) - f64::from(f32::from_bits(size.max(1) - 1));
    (f64::from(approx) - exact).abs() / ulp
}

/// The largest error of each function and where it is; NaN is the largest of all.
#[derive(Default)]
struct Worst(BTreeMap<&'static str, (f64, f64)>);

impl Worst {
    fn note(&mut self, name: &'static str, error: f64, x: f64) {
        let worst = self.0.entry(name).or_insert((0.0, x));
        if error > worst.0 || error.is_nan() {
            *worst = (error, x);
        }
    }

    /// `limits` lists the functions that have another limit than `usual`.
    #[track_caller]
    fn assert(&self, unit: &str, usual: f64, limits: &[(&str, f64)]) {
        let mut failed = false;
        for (name, (error, x)) in &self.0 {
            let limit = limits.iter().find(|(f, _)| f == name);
            let limit = limit.map_or(usual, |(_, limit)| *limit);
            let fails = *error > limit || error.is_nan();
            println!("{name:15} {error:9.2e} of {limit:.2e} {unit} at {x:e}");
            failed |= fails;
        }
        assert!(!failed, "an error is above its limit");
    }
}

/// The errors in `f32` that the documentation states, where they are not those of rounding a more accurate value.
const ULPS: [(&str, f64); 8] = [
    ("exp", 1.1),
    ("exp_m1", 1.8),
    ("ln", 0.8),
    ("ln_1p", 0.8),
    ("tanh", 2.4),
    ("sigmoid", 4.0),
    ("softplus", 4.0),
    ("log_sigmoid", 4.0),
];

type Distribution = (&'static str, fn(&[f64]) -> f64, f64);

/// Distribution functions, their derivatives and those of samples, by their arguments, with the errors that the
/// documentation states.
const DISTRIBUTIONS: [Distribution; 19] = [
    ("gamma_p", |x| gamma_p(x[0], x[1]), 5e-13),
    ("gamma_q", |x| gamma_q(x[0], x[1]), 5e-13),
    (
        "gamma_p_derivative_a",
        |x| gamma_p_derivatives(x[0], x[1])[0],
        5e-13,
    ),
    (
        "gamma_p_derivative_x",
        |x| gamma_p_derivatives(x[0], x[1])[1],
        5e-13,
    ),
    (
        "gamma_sample_derivative",
        |x| gamma_sample_derivative(x[0], x[1]),
        1e-13,
    ),
    (
        "log_gamma_sample_derivative",
        |x| log_gamma_sample_derivative(x[0], x[1]),
        1e-13,
    ),
    ("beta_inc", |x| beta_inc(x[0], x[1], x[2]), 2e-12),
    (
        "beta_inc_derivative_a",
        |x| beta_inc_derivatives(x[0], x[1], x[2])[0],
        2e-12,
    ),
    (
        "beta_inc_derivative_b",
        |x| beta_inc_derivatives(x[0], x[1], x[2])[1],
        2e-12,
    ),
    (
        "beta_inc_derivative_x",
        |x| beta_inc_derivatives(x[0], x[1], x[2])[2],
        2e-12,
    ),
    (
        "beta_sample_derivative_a",
        |x| beta_sample_derivatives(x[0], x[1], x[2])[0],
        2e-12,
    ),
    (
        "beta_sample_derivative_b",
        |x| beta_sample_derivatives(x[0], x[1], x[2])[1],
        2e-12,
    ),
    (
        "beta_log_odds_derivative_a",
        |x| beta_log_odds_derivatives(x[0], x[1], x[2])[0],
        2e-12,
    ),
    (
        "beta_log_odds_derivative_b",
        |x| beta_log_odds_derivatives(x[0], x[1], x[2])[1],
        2e-12,
    ),
    ("student_t_cdf", |x| student_t_cdf(x[0], x[1]), 5e-13),
    (
        "student_t_cdf_derivative_df",
        |x| student_t_cdf_derivatives(x[0], x[1])[0],
        1e-12,
    ),
    (
        "student_t_cdf_derivative_t",
        |x| student_t_cdf_derivatives(x[0], x[1])[1],
        1e-12,
    ),
    (
        "student_t_sample_derivative",
        |x| student_t_sample_derivative(x[0], x[1]),
        1e-12,
    ),
    (
        "von_mises_fisher_sample_derivative",
        |x| von_mises_fisher_sample_derivative(x[0] as usize, x[1], x[2]),
        1e-12,
    ),
];

#[test]
fn double_precision_agrees_with_exact_values() {
    let mut worst = Worst::default();
    for (name, numbers) in table() {
        match (name, numbers.as_slice()) {
            ("log_bessel_i", &[nu, x, exact]) => {
                let error = relative(log_bessel_i(nu, x), exact, exact.abs().max(1.0));
                worst.note("log_bessel_i", error, x);
            }
            ("bessel_i_ratio", &[nu, x, exact]) => {
                let error = relative(bessel_i_ratio(nu, x), exact, exact);
                worst.note("bessel_i_ratio", error, x);
            }
            (name, &[x, exact]) => {
                let (name, double, _) = FUNCTIONS.iter().find(|(f, ..)| *f == name).unwrap();
                let error = relative(double(x), exact, scale(name, x, exact));
                worst.note(name, error, x);
            }
            (name, [arguments @ .., exact]) => {
                let found = DISTRIBUTIONS.iter().find(|(f, ..)| *f == name);
                let (name, function, _) = found.unwrap();
                let error = relative(function(arguments), *exact, exact.abs());
                worst.note(name, error, arguments[0]);
            }
            _ => panic!("a malformed line on {name}"),
        }
    }
    assert_eq!(worst.0.len(), FUNCTIONS.len() + 2 + DISTRIBUTIONS.len());
    // Those of the documentation; the platform's own functions get 1e-13.
    let mut limits = vec![
        ("erf", 3e-16),
        ("erfc", 5e-16),
        ("log_ndtr", 9e-16),
        ("inverse_mills", 8e-16),
        ("lgamma", 2e-14),
        ("digamma", 3e-15),
        ("trigamma", 5e-16),
        ("i0e", 4e-16),
        ("i1e", 7e-16),
        ("log_i0", 6e-16),
        ("log_bessel_i", 1e-14),
        ("bessel_i_ratio", 1e-14),
    ];
    limits.extend(DISTRIBUTIONS.iter().map(|(name, _, limit)| (*name, *limit)));
    worst.assert("relative", 1e-13, &limits);
}

#[test]
fn single_precision_agrees_with_exact_values() {
    let mut worst = Worst::default();
    for (name, numbers) in table().filter(|(_, numbers)| numbers.len() == 2) {
        let (x, exact) = (numbers[0], numbers[1]);
        let single = x as f32;
        if f64::from(single) == x {
            let (name, _, float) = FUNCTIONS.iter().find(|(f, ..)| *f == name).unwrap();
            worst.note(name, ulps(float(single), exact, scale(name, x, exact)), x);
        }
    }
    assert_eq!(worst.0.len(), FUNCTIONS.len());
    worst.assert("ulp", 0.51, &ULPS);
}

#[test]
fn single_precision_follows_independent_double_precision_everywhere() {
    let references: [(&str, Function<f64>); 10] = [
        ("exp", f64::exp),
        ("exp_m1", f64::exp_m1),
        ("ln", f64::ln),
        ("ln_1p", f64::ln_1p),
        ("tanh", f64::tanh),
        ("sin", f64::sin),
        ("cos", f64::cos),
        ("erf", libm::erf),
        ("erfc", libm::erfc),
        ("lgamma", |x| libm::lgamma(x)),
    ];
    let mut worst = Worst::default();
    for (name, reference) in references {
        let (name, _, float) = FUNCTIONS.iter().find(|(f, ..)| *f == name).unwrap();
        for x in (0..=u32::MAX).step_by(499).map(f32::from_bits) {
            let exact = reference(f64::from(x));
            let scale = scale(name, f64::from(x), exact);
            worst.note(name, ulps(float(x), exact, scale), f64::from(x));
        }
    }
    worst.assert("ulp", 0.51, &ULPS);
}

/// f(x) in both precisions; the two have to agree.
#[track_caller]
fn both(name: &str, x: f64) -> f64 {
    let (_, double, float) = FUNCTIONS.iter().find(|(f, ..)| *f == name).unwrap();
    let (d, f) = (double(x), f64::from(float(x as f32)));
    // By bits, so that the signs of zeros agree.
    let same = d.to_bits() == f.to_bits() || d.is_nan() && f.is_nan();
    assert!(same, "{name}({x}): {d}, {f}");
    d
}

#[test]
fn limits_poles_and_nan_are_as_documented() {
    let inf = f64::INFINITY;
    for (name, ..) in FUNCTIONS {
        assert!(both(name, f64::NAN).is_nan(), "{name}");
    }
    let limits = [
        ("exp", 0.0, inf),
        ("exp_m1", -1.0, inf),
        ("tanh", -1.0, 1.0),
        ("sigmoid", 0.0, 1.0),
        ("softplus", 0.0, inf),
        ("log_sigmoid", -inf, 0.0),
        ("erf", -1.0, 1.0),
        ("erfc", 2.0, 0.0),
        ("log_ndtr", -inf, 0.0),
        ("inverse_mills", inf, 0.0),
        ("lgamma", inf, inf),
        ("trigamma", inf, 0.0),
        ("i0e", 0.0, 0.0),
        ("i1e", 0.0, 0.0),
        ("log_i0", inf, inf),
    ];
    for (name, left, right) in limits {
        assert_eq!((both(name, -inf), both(name, inf)), (left, right), "{name}");
    }
    for (name, zero) in [("ln", 0.0), ("ln_1p", -1.0)] {
        assert_eq!((both(name, zero), both(name, inf)), (-inf, inf));
        assert!(both(name, -1.5).is_nan() && both(name, -inf).is_nan());
    }
    assert_eq!(both("ln", -0.0), -inf);
    for name in ["sin", "cos"] {
        assert!(both(name, inf).is_nan() && both(name, -inf).is_nan());
    }
    for pole in [-1.0, -2.0, -77.0, -1e20, -1e38] {
        assert_eq!((both("lgamma", pole), both("trigamma", pole)), (inf, inf));
        assert!(both("digamma", pole).is_nan());
    }
    for zero in [-0.0, 0.0] {
        assert_eq!((both("lgamma", zero), both("trigamma", zero)), (inf, inf));
    }
    assert_eq!((both("digamma", 0.0), both("digamma", -0.0)), (-inf, inf));
    assert_eq!(both("digamma", inf), inf);
    assert!(both("digamma", -inf).is_nan());
}

#[test]
fn odd_functions_keep_the_sign_of_zero() {
    for name in ["exp_m1", "ln_1p", "tanh", "sin", "erf", "i1e"] {
        for zero in [0.0, -0.0] {
            assert_eq!(both(name, zero).to_bits(), zero.to_bits(), "{name}");
        }
    }
}

#[test]
fn bessel_functions_of_any_order_keep_their_limits() {
    let inf = f64::INFINITY;
    assert_eq!(log_bessel_i(0.0, 0.0), 0.0);
    assert_eq!(log_bessel_i(2.5, 0.0), -inf);
    assert_eq!(
        (log_bessel_i(2.5, inf), bessel_i_ratio(2.5, inf)),
        (inf, 1.0)
    );
    assert_eq!(bessel_i_ratio(2.5, 0.0), 0.0);
    for (nu, x) in [(-1.0, 1.0), (1.0, -1.0), (f64::NAN, 1.0), (1.0, f64::NAN)] {
        assert!(log_bessel_i(nu, x).is_nan() && bessel_i_ratio(nu, x).is_nan());
    }
}

/// What a sampler may meet, to where numbers end.
#[test]
fn sample_derivatives_are_finite_far_out() {
    let sizes = [
        1e-20, 1e-4, 0.3, 1.0, 7.0, 19.9, 20.1, 999.0, 1001.0, 1e6, 1e20,
    ];
    for a in sizes {
        for z in [
            0.0,
            1e-300,
            1e-9,
            0.3 * a,
            0.999 * a,
            a,
            3.0 * a,
            700.0 + a,
            1e25,
        ] {
            let derivative = gamma_sample_derivative(a, z);
            assert!(derivative.is_finite() && derivative >= 0.0, "{a} {z}");
            let both = [gamma_p(a, z), gamma_q(a, z)];
            assert!((both[0] + both[1] - 1.0).abs() < 1e-14, "{a} {z}: {both:?}");
            assert!(student_t_sample_derivative(a, z).is_finite(), "{a} {z}");
            assert!((0.5..=1.0).contains(&student_t_cdf(a, z)), "{a} {z}");
        }
        assert!(log_gamma_sample_derivative(a, -1e30).is_finite());
        for b in sizes {
            for log_odds in [-1e9, -700.0, -3.0, 0.0, 0.1, 40.0, 1e9, (a / b).ln()] {
                let [da, db] = beta_log_odds_derivatives(a, b, log_odds);
                // The signs get lost where the parameters are below the stated range.
                let signs = a.min(b) < 1e-3 || da >= 0.0 && db <= 0.0;
                let finite = da.is_finite() && db.is_finite();
                assert!(finite && signs, "{a} {b} {log_odds}: {da} {db}");
            }
            for x in [0.0, 0.5f64.powi(53), 0.5f64.powi(20), 0.25, 0.5, 1.0] {
                let both = beta_inc(a, b, x) + beta_inc(b, a, 1.0 - x);
                assert!((both - 1.0).abs() < 1e-12, "{a} {b} {x}: {both}");
            }
        }
    }
    for (dimension, kappa) in [(2, 0.0), (2, 1e6), (3, 1e-9), (50, 1e3), (200, 1e6)] {
        for w in [-1.0, -0.9, 0.0, 0.5, 1.0 - 1e-6, 1.0] {
            let derivative = von_mises_fisher_sample_derivative(dimension, kappa, w);
            assert!(
                derivative.is_finite() && derivative >= 0.0,
                "{dimension} {kappa} {w}"
            );
        }
    }
}

#[test]
fn sample_derivatives_know_their_domain() {
    let nan = f64::NAN;
    for (a, x) in [(-1.0, 1.0), (0.0, 1.0), (1.0, -1.0), (nan, 1.0), (1.0, nan)] {
        assert!(gamma_p(a, x).is_nan() && gamma_q(a, x).is_nan(), "{a} {x}");
        assert!(gamma_sample_derivative(a, x).is_nan(), "{a} {x}");
        assert!(beta_inc(a, 1.0, x).is_nan() && beta_inc(1.0, a, x).is_nan());
        assert!(beta_sample_derivatives(a, 1.0, x)[0].is_nan(), "{a} {x}");
    }
    for (df, t) in [(0.0, 1.0), (-1.0, 1.0), (nan, 1.0), (1.0, nan)] {
        assert!(student_t_cdf(df, t).is_nan() && student_t_sample_derivative(df, t).is_nan());
    }
    for (dimension, kappa, w) in [(1, 1.0, 0.5), (3, -1.0, 0.5), (3, 1.0, 1.5), (3, 1.0, nan)] {
        assert!(von_mises_fisher_sample_derivative(dimension, kappa, w).is_nan());
    }
    let inf = f64::INFINITY;
    assert_eq!((gamma_p(2.0, 0.0), gamma_p(2.0, inf)), (0.0, 1.0));
    assert_eq!(
        (beta_inc(2.0, 3.0, 0.0), beta_inc(2.0, 3.0, 1.0)),
        (0.0, 1.0)
    );
    assert_eq!(
        (student_t_cdf(2.0, -inf), student_t_cdf(2.0, inf)),
        (0.0, 1.0)
    );
}

#[test]
fn where_the_continued_fraction_ends_nothing_jumps() {
    for (a, b) in [(1e-3, 1e5), (0.3, 40.0), (7.0, 2.0), (1e5, 1e-3)] {
        // x = (a + 1)/(a + b + 2)
        let end = f64::ln((a + 1.0) / (b + 1.0));
        let here = beta_log_odds_derivatives(a, b, end);
        let there = beta_log_odds_derivatives(a, b, end + 1e-9);
        for k in 0..2 {
            assert!(
                (here[k] / there[k] - 1.0).abs() < 1e-8,
                "{a} {b}: {here:?} {there:?}"
            );
        }
    }
}

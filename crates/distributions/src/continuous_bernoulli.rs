use crate::beta::inside_unit;
use crate::double::in_double;
use crate::relative_entropy::log_ratio;
use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The continuous Bernoulli distribution from its logits l = ln λ/(1 − λ), shape (B, N): p(x) = C λˣ (1 − λ)¹⁻ˣ for
/// 0 ≤ x ≤ 1, data that the Bernoulli log-density is often, wrongly, used for.
///
/// With S(l) = ln[sinh(l/2) / (l/2)], even and smooth, p(x) = exp(l (x − ½) − S(l)) and ln C = ln(1 + eˡ) − l/2 − S(l);
/// S and its derivatives come from their series around l = 0, where their other formulas are 0/0. All functions are
/// computed in `f64` for either element type and hold for every l.
///
/// Loaiza-Ganem and Cunningham (2019), "The continuous Bernoulli: fixing a pervasive error in variational autoencoders".
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{ContinuousBernoulli, Density, Moments};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// // Uniform at λ = ½.
/// let p = ContinuousBernoulli::new(tensor(0.0))?;
/// assert_eq!(p.log_prob(&tensor(0.3)).as_vec(), [0.0]);
/// assert_eq!((p.mean().as_vec(), p.variance().as_vec()), (vec![0.5], vec![1.0 / 12.0]));
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ContinuousBernoulli<N: Dim, E: Real = f32, T = NoneTape> {
    /// l
    pub logits: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> ContinuousBernoulli<N, E, T> {
    /// Checks that l is finite.
    pub fn new(logits: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Finite.check(["ContinuousBernoulli", "logits"], &logits)?;
        Ok(Self { logits })
    }

    /// The differential entropy, Σ S(l) − l S′(l), in nats: never above 0.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula([self.logits.clone()], |variables| {
            in_double(variables, |[l]| {
                let [s, ds, d2s, _] = cumulants(l.value);
                let a = l.value.abs();
                let entropy = if a < SERIES_BELOW {
                    s - l.value * ds
                } else {
                    1.0 + log_normalizer(a) - a / a.exp_m1()
                };
                l.chain(entropy, -l.value * d2s)
            })
        })
    }

    /// P(X ≤ x) = (eˡˣ − 1) / (eˡ − 1), element by element.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula([x.clone(), self.logits.clone()], |variables| {
            in_double(variables, |[x, l]| {
                if x.value <= 0.0 {
                    Dual::constant(0.0)
                } else if x.value >= 1.0 {
                    Dual::constant(1.0)
                } else {
                    x * (0.5 * l * (x - 1.0) + log_sinhc(l * x) - log_sinhc(l)).exp()
                }
            })
        })
    }

    /// The x with P(X ≤ x) = u, ln(1 + u (eˡ − 1)) / l, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula([u.clone(), self.logits.clone()], |variables| {
            in_double(variables, |[u, l]| {
                let x = quantile(u.value, l.value);
                // The derivatives of the inverse function: 1/p, and −∂F/∂l / p.
                let [s, ds, ..] = cumulants(l.value);
                let inverse_density = (s - l.value * (x - 0.5)).exp();
                let [_, ds_x, ..] = cumulants(l.value * x);
                let d_log_cdf = 0.5 * (x - 1.0) + x * ds_x - ds;
                let d_logit = -u.value * d_log_cdf * inverse_density;
                u.chain_with(l, x, [inverse_density, d_logit])
            })
        })
    }
}

fn quantile(u: f64, l: f64) -> f64 {
    if l == 0.0 {
        u
    } else if l < 500.0 {
        (u * l.exp_m1()).ln_1p() / l
    } else {
        1.0 + (u + (1.0 - u) * (-l).exp()).ln() / l
    }
}

const SERIES_BELOW: f64 = 1.5;

/// S and its first three derivatives: those of ln E\[eˡˣ⁻ˡᐟ²\] for uniform x. S′ + ½ is the mean, S″ the variance.
fn cumulants(l: f64) -> [f64; 4] {
    /// B₂ₖ / (2k (2k)!): S(l) = Σ cₖ l²ᵏ.
    const SERIES: [f64; 16] = [
        0.041666666666666664,
        -0.00034722222222222224,
        5.5114638447971785e-06,
        -1.033399470899471e-07,
        2.08767569878681e-09,
        -4.403491782239578e-11,
        9.55895466477477e-13,
        -2.1185501852016142e-14,
        4.770034475709914e-16,
        -1.087434349279031e-17,
        2.5040921947091955e-19,
        -5.814360285755218e-21,
        1.3595027075497952e-22,
        -3.1976847953705525e-24,
        7.559841507792277e-26,
        -1.7952470840225633e-27,
    ];
    let a = l.abs();
    if a < SERIES_BELOW {
        let [mut s, mut ds, mut d2s, mut d3s] = [0.0; 4];
        let square = l * l;
        for (k, c) in SERIES.iter().enumerate().rev() {
            let m = (2 * k + 2) as f64;
            s = s * square + c;
            ds = ds * square + m * c;
            d2s = d2s * square + m * (m - 1.0) * c;
            d3s = d3s * square + m * (m - 1.0) * (m - 2.0) * c;
        }
        // The first term of S‴ is 0: what is left of it has l as its lowest power.
        return [
            s * square,
            ds * l,
            d2s,
            if l == 0.0 { 0.0 } else { d3s / l },
        ];
    }
    let (e, rest) = ((-a).exp(), -(-a).exp_m1());
    let ds = 0.5 + e / rest - 1.0 / a;
    let d3s = e * (1.0 + e) / rest.powi(3) - 2.0 / a.powi(3);
    [
        0.5 * a + log_normalizer(a),
        ds.copysign(l),
        1.0 / (a * a) - e / (rest * rest),
        d3s * l.signum(),
    ]
}

/// S(a) − a/2 = ln[(1 − e^−a) / a], for a > 0 that is not small.
fn log_normalizer(a: f64) -> f64 {
    (-(-a).exp_m1()).ln() - a.ln()
}

fn log_sinhc<const K: usize>(l: Dual<f64, K>) -> Dual<f64, K> {
    let [s, ds, ..] = cumulants(l.value);
    l.chain(s, ds)
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for ContinuousBernoulli<N, E, T> {
    /// Σ l (x − ½) − S(l).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula([x.clone(), self.logits.clone()], |variables| {
            in_double(variables, |[x, l]| {
                if x.value < 0.0 || x.value > 1.0 {
                    Dual::constant(f64::NEG_INFINITY)
                } else if l.value.abs() < SERIES_BELOW {
                    l * (x - 0.5) - log_sinhc(l)
                } else {
                    // The same without the |l|/2 that is in both.
                    let mode = if l.value > 0.0 { 1.0 } else { 0.0 };
                    l * (x - mode) - (-(-l.abs()).exp_m1()).ln() + l.abs().ln()
                }
            })
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for ContinuousBernoulli<N, E, T> {
    /// ½ + S′(l)
    fn mean(&self) -> Batch<N, E, T> {
        formula([self.logits.clone()], |variables| {
            in_double(variables, |[l]| {
                let [_, ds, d2s, _] = cumulants(l.value);
                l.chain(0.5 + ds, d2s)
            })
        })
    }

    /// S″(l)
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.logits.clone()], |variables| {
            in_double(variables, |[l]| {
                let [.., d2s, d3s] = cumulants(l.value);
                l.chain(d2s, d3s)
            })
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for ContinuousBernoulli<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.logits], |[l]| {
            inside_unit::<E>(quantile(uniform(rng), l))
        })
    }
}

/// Σ S(l₂) − S(l₁) − S′(l₁) (l₂ − l₁).
impl<N: Dim, E: Real, T: Record<E>> KlTo<ContinuousBernoulli<N, E, T>, E, T>
    for ContinuousBernoulli<N, E, T>
{
    fn kl_to(&self, q: &ContinuousBernoulli<N, E, T>) -> PerExample<E, T> {
        sum_formula([self.logits.clone(), q.logits.clone()], |variables| {
            in_double(variables, |[l1, l2]| {
                let [at1, at2] = [cumulants(l1.value), cumulants(l2.value)];
                let partials = [at1[2] * (l1.value - l2.value), at2[1] - at1[1]];
                l1.chain_with(l2, bregman(l2.value, l1.value), partials)
            })
        })
    }
}

/// S(b) − S(a) − S′(a) (b − a) ≥ 0.
fn bregman(b: f64, a: f64) -> f64 {
    /// Nodes t and weights (1 − t) w of Gauss and Legendre on (0, 1).
    const QUADRATURE: [[f64; 2]; 6] = [
        [0.03376524289842399, 0.08276983963976924],
        [0.16939530676686773, 0.1498251278559757],
        [0.38069040695840156, 0.14489179419935322],
        [0.6193095930415985, 0.08906517308699231],
        [0.8306046932331322, 0.030555658668093604],
        [0.966234757101576, 0.0028924065498159377],
    ];
    let (a, b) = if a < 0.0 { (-a, -b) } else { (a, b) };
    let difference = b - a;
    if difference.abs() < 1.0 {
        // The remainder of Taylor's formula, ∫ (1 − t) S″(a + t (b − a)) dt (b − a)²; the nearest pole of S is 2πi.
        let term = |[t, weight]: [f64; 2]| weight * cumulants(a + t * difference)[2];
        QUADRATURE.map(term).iter().sum::<f64>() * difference * difference
    } else if a.min(b) > 2.0 {
        // The shares of −ln l, and of ln(1 − e^−l) in S(l) = l/2 − ln l + ln(1 − e^−l).
        let [log] = [log_ratio::<f64, 0>(Dual::constant(b), Dual::constant(a))];
        let rest = |l: f64| (-(-l).exp()).ln_1p();
        log.value.exp_m1_residual() + rest(b) - rest(a) - difference / a.exp_m1()
    } else {
        let [at_a, at_b] = [cumulants(a), cumulants(b)];
        at_b[0] - at_a[0] - at_a[1] * difference
    }
}

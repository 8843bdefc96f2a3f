use crate::normal_piece::NormalPiece;
use crate::sample::{draw, uniform};
use crate::uniform::check_interval;
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The normal distribution N(μ, σ²) given that low ≤ x ≤ high, from its location μ, scale σ > 0 and two ends, each
/// (B, N): p(x) ∝ exp(−(x − μ)² / 2σ²) on [low, high].
///
/// μ may be anywhere. All is computed from the mode outwards, in which no digits are lost: densities are exact, and
/// moments right to 10⁻¹², for an interval far out in either tail, for one much narrower than σ, and for one that holds
/// all of the mass. In `f32`, |μ − mode|/σ has to stay below 10¹⁹.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Moments, TruncatedNormal};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// // So far out that it is an exponential distribution of mean 10⁻⁸.
/// let p = TruncatedNormal::new(tensor(-1e8), tensor(1.0), tensor(0.0), tensor(1.0))?;
/// assert!((p.log_prob(&tensor(0.0)).as_vec()[0] - 1e8f64.ln()).abs() < 1e-14);
/// assert!((1e8 * p.mean().as_vec()[0] - 1.0).abs() < 1e-12);
/// assert_eq!(p.log_prob(&tensor(-1.0)).as_vec(), [f64::NEG_INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TruncatedNormal<N: Dim, E: Real = f32, T = NoneTape> {
    /// μ, the mean without truncation
    pub loc: Batch<N, E, T>,
    /// σ, the standard deviation without truncation
    pub scale: Batch<N, E, T>,
    /// The least value.
    pub low: Batch<N, E, T>,
    /// The greatest value.
    pub high: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> TruncatedNormal<N, E, T> {
    /// Checks that μ and both ends are finite, σ is positive and low < high.
    pub fn new(
        loc: Batch<N, E, T>,
        scale: Batch<N, E, T>,
        low: Batch<N, E, T>,
        high: Batch<N, E, T>,
    ) -> Result<Self, DomainError> {
        Domain::Finite.check(["TruncatedNormal", "loc"], &loc)?;
        Domain::Positive.check(["TruncatedNormal", "scale"], &scale)?;
        check_interval("TruncatedNormal", &low, &high)?;
        Ok(Self {
            loc,
            scale,
            low,
            high,
        })
    }

    /// Σ −E\[ln p(x)\], in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula(self.parameters(), |parameters| {
            let p = Standardized::of(parameters);
            p.piece.expectation(|t| p.piece.energy(t)) + p.log_normalizer()
        })
    }

    /// P(X ≤ x), element by element; 0 below and 1 above.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let [loc, scale, low, high] = self.parameters();
        formula(
            [x.clone(), loc, scale, low, high],
            |[x, loc, scale, low, high]| {
                if x.value <= low.value {
                    Dual::constant(0.0)
                } else if x.value >= high.value {
                    Dual::constant(1.0)
                } else {
                    let p = Standardized::of([loc, scale, low, high]);
                    let below = p.piece.mass_up_to(p.t(x));
                    let above = p.piece.reflected().mass_up_to(-p.t(x));
                    below / (below + above)
                }
            },
        )
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        let [loc, scale, low, high] = self.parameters();
        formula(
            [u.clone(), loc, scale, low, high],
            |[u, loc, scale, low, high]| quantile(u, [loc, scale, low, high]),
        )
    }

    fn parameters(&self) -> [Batch<N, E, T>; 4] {
        [
            self.loc.clone(),
            self.scale.clone(),
            self.low.clone(),
            self.high.clone(),
        ]
    }
}

/// The distribution of t = (x − mode)/σ, where the mode is μ or the end of the interval that is nearest to it.
#[derive(Clone, Copy)]
struct Standardized<E, const K: usize> {
    mode: Dual<E, K>,
    scale: Dual<E, K>,
    piece: NormalPiece<E, K>,
}

impl<E: Real, const K: usize> Standardized<E, K> {
    #[inline(always)]
    fn of([loc, scale, low, high]: [Dual<E, K>; 4]) -> Self {
        let mode = if loc.value < low.value {
            low
        } else if loc.value > high.value {
            high
        } else {
            loc
        };
        let piece = NormalPiece {
            tilt: (mode - loc) / scale,
            from: (low - mode) / scale,
            to: (high - mode) / scale,
        };
        Self { mode, scale, piece }
    }

    #[inline(always)]
    fn t(&self, x: Dual<E, K>) -> Dual<E, K> {
        (x - self.mode) / self.scale
    }

    /// −ln p(mode)
    #[inline(always)]
    fn log_normalizer(&self) -> Dual<E, K> {
        self.piece.mass().ln() + self.scale.ln()
    }
}

fn quantile<E: Real, const K: usize>(
    u: Dual<E, K>,
    [loc, scale, low, high]: [Dual<E, K>; 4],
) -> Dual<E, K> {
    let p = Standardized::of([loc, scale, low, high]);
    let x = p.mode + scale * p.piece.quantile(u);
    // Rounding must not leave the interval.
    let value = if x.value < low.value {
        low.value
    } else if x.value > high.value {
        high.value
    } else {
        x.value
    };
    Dual { value, ..x }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for TruncatedNormal<N, E, T> {
    /// Σ −(x − μ)²/2σ² − ln ∫ exp(−(y − μ)²/2σ²) dy, integrated from low to high; −∞ outside.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let [loc, scale, low, high] = self.parameters();
        sum_formula(
            [x.clone(), loc, scale, low, high],
            |[x, loc, scale, low, high]| {
                if x.value < low.value || x.value > high.value {
                    return Dual::constant(f64::NEG_INFINITY);
                }
                let p = Standardized::of([loc, scale, low, high]);
                -p.piece.energy(p.t(x)) - p.log_normalizer()
            },
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for TruncatedNormal<N, E, T> {
    /// E\[x\], which is μ − σ (φ(β) − φ(α))/(Φ(β) − Φ(α)) for \[low, high\] = μ + σ \[α, β\].
    fn mean(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |parameters| {
            let p = Standardized::of(parameters);
            p.mode + p.scale * p.piece.expectation(|t| t)
        })
    }

    /// E\[(x − E\[x\])²\]
    fn variance(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |parameters| {
            let p = Standardized::of(parameters);
            let mean = p.piece.expectation(|t| t);
            p.scale.square() * p.piece.expectation(|t| (t - mean).square())
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for TruncatedNormal<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        let parameters = [&self.loc, &self.scale, &self.low, &self.high];
        draw(parameters, |parameters| {
            let u = Dual::<f64, 0>::constant(uniform(rng));
            quantile(u, parameters.map(Dual::constant)).value
        })
    }
}

/// Σ E_p[ln p(x) − ln q(x)]; ∞ where the first interval is not inside the second.
impl<N: Dim, E: Real, T: Record<E>> KlTo<TruncatedNormal<N, E, T>, E, T>
    for TruncatedNormal<N, E, T>
{
    fn kl_to(&self, q: &TruncatedNormal<N, E, T>) -> PerExample<E, T> {
        let ([loc1, scale1, low1, high1], [loc2, scale2, low2, high2]) =
            (self.parameters(), q.parameters());
        sum_formula(
            [loc1, scale1, low1, high1, loc2, scale2, low2, high2],
            |[loc1, scale1, low1, high1, loc2, scale2, low2, high2]| {
                if low1.value < low2.value || high1.value > high2.value {
                    return Dual::constant(f64::INFINITY);
                }
                let p = Standardized::of([loc1, scale1, low1, high1]);
                let q = Standardized::of([loc2, scale2, low2, high2]);
                divergence(p, q, [low1, high1])
            },
        )
    }
}

/// [low, high] is the interval of p.
fn divergence<E: Real, const K: usize>(
    p: Standardized<E, K>,
    q: Standardized<E, K>,
    [low, high]: [Dual<E, K>; 2],
) -> Dual<E, K> {
    let (shift, stretch) = (q.t(p.mode), p.scale / q.scale);
    let log_mode_ratio = p.log_normalizer() - q.log_normalizer();
    // ln q(x)/p(x)
    let log_ratio = |t| p.piece.energy(t) - q.piece.energy(shift + stretch * t) + log_mode_ratio;
    let [from, to] = p.piece.reach();
    let close = [from, Dual::constant(0.0), to]
        .iter()
        .all(|t| log_ratio(*t).value.abs() < E::one());
    if close {
        // −E_p[r] = E_p[e^r − 1 − r] + 1 − E_p[e^r], which ends with the mass of q outside of [low, high].
        let outside = q.piece.mass_up_to(q.t(low)) + q.piece.reflected().mass_up_to(-q.t(high));
        let residual = p.piece.expectation(|t| log_ratio(t).exp_m1_residual());
        residual + outside / q.piece.mass()
    } else {
        -p.piece.expectation(log_ratio)
    }
}

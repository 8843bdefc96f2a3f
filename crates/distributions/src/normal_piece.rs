use std::f64::consts::{FRAC_1_SQRT_2, PI};
use vae_ops::{Dual, Real};

/// A piece of a normal density, seen from its greatest value, which is at t = 0: exp(−t²/2 − κt) on an interval that
/// ends there, or holds it with κ = 0. Nothing here cancels, however far out or narrow the piece is.
#[derive(Clone, Copy)]
pub(crate) struct NormalPiece<E, const K: usize> {
    /// κ: above 0 if the piece starts at 0, below 0 if it ends there, or 0.
    pub(crate) tilt: Dual<E, K>,
    /// Where it starts, not above 0.
    pub(crate) from: Dual<E, K>,
    /// Where it ends, not below 0.
    pub(crate) to: Dual<E, K>,
}

impl<E: Real, const K: usize> NormalPiece<E, K> {
    /// t²/2 + κt
    #[inline(always)]
    pub(crate) fn energy(&self, t: Dual<E, K>) -> Dual<E, K> {
        t * (0.5 * t + self.tilt)
    }

    /// The integral over the piece.
    #[inline(always)]
    pub(crate) fn mass(&self) -> Dual<E, K> {
        let (width, near) = (self.to - self.from, self.tilt.abs());
        // In a narrow piece the two ends would cancel, and far out the derivative of the Mills ratio would.
        if width.value < E::one() || near.value > E::of(4.0) {
            self.integral(|_| Dual::constant(1.0))
        } else if near.value == E::zero() {
            let half = |t: Dual<E, K>| (0.5 * PI).sqrt() * (FRAC_1_SQRT_2 * t).erf();
            half(self.to) - half(self.from)
        } else {
            let beyond = (-width * (0.5 * width + near)).exp();
            mills_ratio(near) - beyond * mills_ratio(near + width)
        }
    }

    /// The integral from the start to t, which is in the piece.
    #[inline(always)]
    pub(crate) fn mass_up_to(&self, t: Dual<E, K>) -> Dual<E, K> {
        if t.value < E::zero() {
            let piece = Self {
                tilt: self.tilt + t,
                from: self.from - t,
                to: Dual::constant(0.0),
            };
            (-self.energy(t)).exp() * piece.mass()
        } else {
            Self { to: t, ..*self }.mass()
        }
    }

    /// The same, with −t for t.
    #[inline(always)]
    pub(crate) fn reflected(&self) -> Self {
        Self {
            tilt: -self.tilt,
            from: -self.to,
            to: -self.from,
        }
    }

    /// E\[f(t)\] of the normalized density, to 10⁻¹² for smooth f.
    #[inline(always)]
    pub(crate) fn expectation(&self, f: impl Fn(Dual<E, K>) -> Dual<E, K>) -> Dual<E, K> {
        self.integral(f) / self.integral(|_| Dual::constant(1.0))
    }

    /// All but e^−36 of the piece.
    #[inline(always)]
    pub(crate) fn reach(&self) -> [Dual<E, K>; 2] {
        const ENERGY: f64 = 36.0;
        let near = self.tilt.abs();
        let reach = 2.0 * ENERGY / (near + (near.square() + 2.0 * ENERGY).sqrt());
        [
            if self.from.value < -reach.value {
                -reach
            } else {
                self.from
            },
            if self.to.value > reach.value {
                reach
            } else {
                self.to
            },
        ]
    }

    /// ∫ f(t) exp(−energy) dt by Gauss's rule on either half.
    #[inline(always)]
    fn integral(&self, f: impl Fn(Dual<E, K>) -> Dual<E, K>) -> Dual<E, K> {
        let [from, to] = self.reach();
        let quarter = 0.25 * (to - from);
        let mut sum = Dual::constant(0.0);
        for center in [from + quarter, to - quarter] {
            for (node, weight) in GAUSS {
                for t in [center - node * quarter, center + node * quarter] {
                    sum = sum + weight * (-self.energy(t)).exp() * f(t);
                }
            }
        }
        quarter * sum
    }

    /// The t with P(T ≤ t) = u, for u in (0, 1).
    pub(crate) fn quantile(&self, u: Dual<E, K>) -> Dual<E, K> {
        let below = self.mass_up_to(Dual::constant(0.0)).value;
        if u.value * self.mass().value <= below {
            self.lower_quantile(u)
        } else {
            -self.reflected().lower_quantile(1.0 - u)
        }
    }

    /// The same, for a t that is not above 0.
    fn lower_quantile(&self, u: Dual<E, K>) -> Dual<E, K> {
        let [tilt, from, to] =
            [self.tilt, self.from, self.to].map(|x| Dual::constant(x.value.as_f64()));
        let t = NormalPiece { tilt, from, to }.lower_solution(u.value.as_f64());
        // How t has to follow the parameters for the equation to stay true.
        let at = Dual::constant(t);
        let error = self.mass_up_to(at) - u * self.mass();
        error.chain(E::of(t), -self.energy(at).value.exp_v())
    }
}

impl NormalPiece<f64, 0> {
    /// By Newton's method from t = 0: left of it the mass is convex in t, so that every step is to the left, until
    /// rounding turns one back.
    fn lower_solution(&self, u: f64) -> f64 {
        if u.is_nan() {
            return u;
        }
        let mass = u * self.mass().value;
        let mut t = 0.0;
        loop {
            let at = Dual::constant(t);
            let error = self.mass_up_to(at).value - mass;
            let next = (t - error * self.energy(at).value.exp()).max(self.from.value);
            if next < t {
                t = next;
            } else {
                return t;
            }
        }
    }
}

/// (1 − Φ(x)) / φ(x) for x ≥ 0. Its derivative loses the digits of x².
#[inline(always)]
fn mills_ratio<E: Real, const K: usize>(x: Dual<E, K>) -> Dual<E, K> {
    let ratio = (-x.value).inverse_mills().recip();
    x.chain(ratio, x.value * ratio - E::one())
}

/// The positive nodes and the weights of the Gauss–Legendre rule of 20 nodes on [−1, 1].
const GAUSS: [(f64, f64); 10] = [
    (0.07652652113349734, 0.15275338713072584),
    (0.22778585114164507, 0.14917298647260374),
    (0.37370608871541955, 0.14209610931838204),
    (0.5108670019508271, 0.13168863844917664),
    (0.636053680726515, 0.11819453196151841),
    (0.7463319064601508, 0.10193011981724044),
    (0.8391169718222188, 0.08327674157670475),
    (0.912234428251326, 0.06267204833410907),
    (0.9639719272779138, 0.04060142980038694),
    (0.9931285991850949, 0.017614007139152118),
];

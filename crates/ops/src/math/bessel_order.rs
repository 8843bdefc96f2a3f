use super::{GammaFunction, Logarithm};

/// ln I_ν(x) for real order ν ≥ 0 and x ≥ 0, as in the normalizer of the von Mises–Fisher distribution.
///
/// The power series where √(ν² + x²) < 30, Debye's uniform expansion beyond (DLMF 10.41.3). Error at most 1e-14,
/// absolute where the value is below 1.
///
/// −∞ at x = 0 for ν > 0, ∞ at x = ∞, NaN for negative arguments.
///
/// ```
/// // I_½(x) = √(2/πx) sinh x.
/// let exact = (2.0 / (std::f64::consts::PI * 3.0f64)).sqrt() * 3.0f64.sinh();
/// assert!((vae_ops::math::log_bessel_i(0.5, 3.0) - exact.ln()).abs() < 1e-14);
/// ```
pub fn log_bessel_i(nu: f64, x: f64) -> f64 {
    if !(nu >= 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if x == 0.0 || x == f64::INFINITY {
        return if nu == 0.0 && x == 0.0 { 0.0 } else { x.ln() };
    }
    let r = nu.hypot(x);
    if r < SERIES_BELOW {
        let first = if nu == 0.0 {
            0.0
        } else {
            nu * (0.5 * x).ln() - (nu + 1.0).lgamma()
        };
        return first + power_series_tail(nu, x).ln_1p_v();
    }
    let leading = r + if nu == 0.0 {
        0.0
    } else {
        nu * (x / (nu + r)).ln()
    };
    leading - 0.5 * (std::f64::consts::TAU * r).ln() + debye(nu, r).ln()
}

/// I_{ν+1}(x) / I_ν(x) for real order ν ≥ 0 and x ≥ 0: the mean resultant length of the von Mises–Fisher distribution
/// in 2ν + 2 dimensions.
///
/// From the same series, without cancellation. Error at most 1e-14. NaN for negative arguments.
///
/// ```
/// // I_{3/2}(x) / I_½(x) = coth x − 1/x.
/// assert!((vae_ops::math::bessel_i_ratio(0.5, 3.0) - (1.0 / 3.0f64.tanh() - 1.0 / 3.0)).abs() < 1e-15);
/// ```
pub fn bessel_i_ratio(nu: f64, x: f64) -> f64 {
    if !(nu >= 0.0 && x >= 0.0) {
        return f64::NAN;
    }
    if x == f64::INFINITY {
        return 1.0;
    }
    let (r, next) = (nu.hypot(x), (nu + 1.0).hypot(x));
    if r < SERIES_BELOW {
        return x / (2.0 * (nu + 1.0)) * (power_series(nu + 1.0, x) / power_series(nu, x));
    }
    // The difference of the two leading terms, by what changes between them.
    let step = (2.0 * nu + 1.0) / (next + r);
    let growth = step - nu * ((1.0 + step) / (nu + r)).ln_1p();
    growth.exp()
        * (x / (nu + 1.0 + next))
        * (r / next).sqrt()
        * (debye(nu + 1.0, next) / debye(nu, r))
}

/// Where √(ν² + x²) is smaller, the power series takes at most 60 terms and cannot overflow.
pub(super) const SERIES_BELOW: f64 = 30.0;

/// Σₖ (x²/4)ᵏ / (k! (ν+1)ₖ): all terms are positive.
pub(super) fn power_series(nu: f64, x: f64) -> f64 {
    1.0 + power_series_tail(nu, x)
}

/// The same without the first term, which is 1.
pub(super) fn power_series_tail(nu: f64, x: f64) -> f64 {
    let w = 0.25 * x * x;
    let (mut sum, mut term, mut k) = (0.0, 1.0, 1.0);
    loop {
        term *= w / (k * (nu + k));
        sum += term;
        if term <= 1e-17 * sum {
            return sum;
        }
        k += 1.0;
    }
}

/// Σₖ u_k(ν/r) / νᵏ with r = √(ν² + x²).
fn debye(nu: f64, r: f64) -> f64 {
    let square = (nu / r) * (nu / r);
    let polynomial = |c: &&[f64]| c.iter().rev().fold(0.0, |p, c| p * square + c);
    1.0 + DEBYE
        .iter()
        .rev()
        .fold(0.0, |sum, u| (sum + polynomial(u)) / r)
}

/// u_k(p) / pᵏ by powers of p², k = 1, 2, … (DLMF 10.41.9).
pub(super) const DEBYE: [&[f64]; 12] = [
    &[0.125, -0.20833333333333334],
    &[0.0703125, -0.4010416666666667, 0.3342013888888889],
    &[
        0.0732421875,
        -0.8912109375,
        1.8464626736111112,
        -1.0258125964506173,
    ],
    &[
        0.112152099609375,
        -2.3640869140625,
        8.78912353515625,
        -11.207002616222994,
        4.669584423426247,
    ],
    &[
        0.22710800170898438,
        -7.368794359479632,
        42.53499874538846,
        -91.81824154324002,
        84.63621767460073,
        -28.212072558200244,
    ],
    &[
        0.5725014209747314,
        -26.491430486951554,
        218.1905117442116,
        -699.5796273761325,
        1059.9904525279999,
        -765.2524681411817,
        212.57013003921713,
    ],
    &[
        1.7277275025844574,
        -108.09091978839466,
        1200.9029132163525,
        -5305.646978613403,
        11655.393336864534,
        -13586.550006434138,
        8061.722181737309,
        -1919.457662318407,
    ],
    &[
        6.074042001273483,
        -493.915304773088,
        7109.514302489364,
        -41192.65496889755,
        122200.46498301746,
        -203400.17728041555,
        192547.00123253153,
        -96980.59838863752,
        20204.29133096615,
    ],
    &[
        24.380529699556064,
        -2499.8304818112097,
        45218.76898136273,
        -331645.1724845636,
        1268365.2733216248,
        -2813563.226586534,
        3763271.297656404,
        -2998015.9185381066,
        1311763.6146629772,
        -242919.18790055133,
    ],
    &[
        110.01714026924674,
        -13886.08975371704,
        308186.4046126624,
        -2785618.1280864547,
        13288767.166421818,
        -37567176.66076335,
        66344512.27472903,
        -74105148.21153265,
        50952602.49266464,
        -19706819.118432228,
        3284469.853072038,
    ],
    &[
        551.3358961220206,
        -84005.43360302408,
        2243768.1779224495,
        -24474062.72573873,
        142062907.7975331,
        -495889784.2750303,
        1106842816.8230145,
        -1621080552.1083372,
        1553596899.57058,
        -939462359.6815784,
        325573074.18576574,
        -49329253.66450996,
    ],
    &[
        3038.090510922384,
        -549842.3275722887,
        17395107.553978164,
        -225105661.88941526,
        1559279864.8792574,
        -6563293792.619285,
        17954213731.1556,
        -33026599749.800724,
        41280185579.753975,
        -34632043388.158775,
        18688207509.295826,
        -5866481492.051847,
        814789096.1183121,
    ],
];

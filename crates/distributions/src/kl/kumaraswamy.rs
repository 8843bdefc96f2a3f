use super::{beta, closed_forms};
use crate::log_gamma::harmonic;
use crate::relative_entropy::log_add_exp;
use vae_ops::Dual;

closed_forms! {
    /// Σ ln B(α, β) − (α − 1) E\[ln x\] − (β − 1) E\[ln(1 − x)\] less the entropy: E\[ln x\] is −(ψ(b + 1) + γ)/a, and the
    /// other expectation an integral of which 11 digits are computed (Nalisnick & Smyth 2017 cut its series short).
    Kumaraswamy[concentration1, concentration0] to Beta[concentration1, concentration0]: |[a1, b1, a2, b2]| {
        let entropy = (1.0 - 1.0 / b1) + (1.0 - 1.0 / a1) * harmonic(b1) - a1.ln() - b1.ln();
        let logs = [-harmonic(b1) / a1, expected_log_of_complement([a1, b1])];
        // Proportional to e^E[ln x] and e^E[ln(1 − x)], the point is equally far from both.
        let gap = -log_add_exp(logs[0], logs[1]);
        beta::cross_entropy(logs.map(|log| log + gap), [gap, gap], [a2, b2]) - entropy
    };
}

/// E\[ln(1 − x)\] = −1/b − ln a + E\[k(s)\], where s = −ln xᵃ and k(s) = ln a (1 − e^{−s/a})/(1 − e^{−s}) vanishes with s.
///
/// With s = ln(1 + e^τ) the density of τ is b σ(τ)ᵇ σ(−τ), and the integrand is analytic in |Im τ| < π/2 and decays
/// exponentially at both ends: the trapezoidal rule converges as e^{−π²/h} with its step h.
#[inline(always)]
fn expected_log_of_complement<const K: usize>([a, b]: [Dual<f64, K>; 2]) -> Dual<f64, K> {
    const STEP: f64 = 0.3;
    /// All but e^−36 of the integrand: σ(τ)^(1 + b) on one side, b σ(−τ) on the other.
    const DECAY: f64 = 36.0;
    let from = -((DECAY / (1.0 + b.value)).exp_m1()).ln();
    let to = b.value.ln_1p() + DECAY;
    let nodes = (from / STEP).floor() as i64..=(to / STEP).ceil() as i64;
    let sum = nodes.fold(Dual::constant(0.0), |sum, node| {
        let t = Dual::<f64, K>::constant(STEP * node as f64);
        let (log_below, log_above) = (t.log_sigmoid(), (-t).log_sigmoid());
        let k = a.ln() + (t.softplus() / a).log_one_minus_exp() - log_below;
        sum + (b * log_below + log_above).exp() * k
    });
    STEP * b * sum - 1.0 / b - a.ln()
}

use crate::Estimate;
use vae_ops::math::student_t_cdf;

/// Whether what was measured in pairs, such as two models on the same images or with the same seeds, differs by more than chance:
/// the paired t-test (Student 1908).
///
/// It supposes that the differences of the pairs are independent and normal; of many pairs, their mean is nearly so whatever they are.
///
/// ```
/// use vae_metrics::PairedTest;
///
/// let test = PairedTest::of(&[85.1, 85.4, 84.9], &[86.0, 86.1, 85.9]);
/// assert!((test.difference.mean + 0.8667).abs() < 1e-4);
/// assert_eq!(test.degrees_of_freedom, 2.0);
/// assert!((test.p - 0.0102).abs() < 1e-4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedTest {
    /// d̄, the mean of aᵢ − bᵢ, with its standard error and the number of pairs, n.
    pub difference: Estimate,
    /// d̄ over its standard error. Infinite if all differences are the same; NaN if all are 0, as then nothing can be told.
    pub t: f64,
    /// n − 1.
    pub degrees_of_freedom: f64,
    /// 2 P(T ≤ −|t|), two-sided: how often chance alone leads to a t that is as large. NaN where t is.
    pub p: f64,
}

impl PairedTest {
    /// Of the pairs (aᵢ, bᵢ). Fewer than two give NaN.
    ///
    /// # Panics
    /// If there are not as many values of one as of the other.
    pub fn of(a: &[f64], b: &[f64]) -> Self {
        assert_eq!(a.len(), b.len(), "values come in pairs");
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        let difference = Estimate::of(&differences);
        let t = difference.mean / difference.standard_error;
        let degrees_of_freedom = a.len() as f64 - 1.0;
        Self {
            difference,
            t,
            degrees_of_freedom,
            p: 2.0 * student_t_cdf(degrees_of_freedom, -t.abs()),
        }
    }
}

/// The p-values of several tests, adjusted so that with probability at most α any of those below α is wrong (Holm 1979, §3).
///
/// The i-th smallest of m becomes max_{j ≤ i} min(1, (m − j + 1) p₍ⱼ₎); the order of the results is that of `p`. NaN stays what it is, and
/// does not count as a test.
///
/// ```
/// let adjusted = vae_metrics::holm(&[0.5, 0.25, f64::NAN]);
/// assert_eq!(adjusted[..2], [0.5, 0.5]);
/// assert!(adjusted[2].is_nan());
/// ```
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&i| !p[i].is_nan()).collect();
    order.sort_by(|&i, &j| p[i].total_cmp(&p[j]));
    let mut adjusted = vec![f64::NAN; p.len()];
    let mut largest = 0.0f64;
    for (place, &i) in order.iter().enumerate() {
        let left = (order.len() - place) as f64;
        largest = largest.max((left * p[i]).min(1.0));
        adjusted[i] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() <= 1e-12 * expected.abs(),
            "{found} is not {expected}"
        );
    }

    /// [d̄, its standard error, t, p] by `scipy.stats.ttest_rel` (SciPy 1.17.1).
    fn assert_golden(a: &[f64], b: &[f64], [mean, error, t, p]: [f64; 4]) {
        let test = PairedTest::of(a, b);
        assert_close(test.difference.mean, mean);
        assert_close(test.difference.standard_error, error);
        assert_close(test.t, t);
        assert_close(test.p, p);
        assert_eq!(test.difference.count, a.len());
        assert_eq!(test.degrees_of_freedom, a.len() as f64 - 1.0);
    }

    /// Hours of sleep gained by ten patients with two drugs (Cushny & Peebles 1905): the example of Student (1908).
    #[test]
    fn students_example() {
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let [t, p] = [-4.062127683382037, 0.002832890197384273];
        assert_golden(&first, &second, [-1.58, 0.3889587238883952, t, p]);
        // The other way round, the sign changes and nothing else.
        assert_golden(&second, &first, [1.58, 0.3889587238883952, -t, p]);
    }

    #[test]
    fn two_pairs_and_a_thousand() {
        let [t, p] = [-0.6666666666666825, 0.6256659163779954];
        let expected = [-0.20000000000000284, 0.2999999999999971, t, p];
        assert_golden(&[85.1, 85.4], &[85.0, 85.9], expected);
        let sequence = |step: u32, modulus: u32, shift: f64| -> Vec<f64> {
            let value = |i: u32| f64::from(i * step % modulus) / f64::from(modulus) + shift;
            (0..1000).map(value).collect()
        };
        let [a, b] = [sequence(7919, 1009, 0.0), sequence(104_729, 997, -0.02)];
        let [mean, error] = [0.022044015097820727, 0.012933339142039571];
        let [t, p] = [1.7044333915413288, 0.08861109156987079];
        assert_golden(&a, &b, [mean, error, t, p]);
    }

    #[test]
    fn differences_that_do_not_vary() {
        let same = PairedTest::of(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]);
        assert!(same.t.is_nan() && same.p.is_nan());
        let shifted = PairedTest::of(&[2.0, 3.0, 4.0], &[1.0, 2.0, 3.0]);
        assert_eq!((shifted.t, shifted.p), (f64::INFINITY, 0.0));
        for few in [&[][..], &[1.0]] {
            assert!(PairedTest::of(few, few).p.is_nan());
        }
    }

    /// By `multipletests(p, method="holm")` of statsmodels, which the first agrees with by hand: 3 · 0.01, 2 · 0.03, again, 4 · 0.005.
    #[test]
    fn holm_adjusts() {
        for (p, expected) in [
            ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
            ([0.01, 0.02, 0.03, 0.04], [0.04, 0.06, 0.06, 0.06]),
            ([0.5, 0.6, 0.001, 1.0], [1.0, 1.0, 0.004, 1.0]),
        ] {
            let adjusted = holm(&p);
            adjusted
                .iter()
                .zip(expected)
                .for_each(|(&found, expected)| assert_close(found, expected));
        }
        // What is no test does not count among them.
        let with_nan = holm(&[0.01, f64::NAN, 0.04, 0.03, 0.005]);
        assert!(with_nan[1].is_nan());
        assert_close(with_nan[0], 0.03);
    }
}

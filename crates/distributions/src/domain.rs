use dfdx::prelude::{Cpu, NoneTape, ReshapeTo, Shape, Tensor, TensorFrom};
use vae_ops::{Real, Record, as_slice};

/// A parameter outside of its domain.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{distribution}: {parameter} has to be {domain}, but its element {index} is {value}")]
pub struct DomainError {
    /// Whose parameter.
    pub distribution: &'static str,
    /// Which one.
    pub parameter: &'static str,
    /// What it has to be.
    pub domain: Domain,
    /// The first element that is not, counted row after row.
    pub index: usize,
    /// That element.
    pub value: f64,
}

/// What a parameter may be. NaN is in none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// −∞ < x < ∞
    Finite,
    /// 0 < x < ∞
    Positive,
    /// 0 ≤ x < ∞
    NonNegative,
    /// 0 < x < 1
    UnitInterval,
    /// 0, 1, 2, …
    Count,
    /// 1, to within 10⁻⁵: rounded.
    One,
}

impl Domain {
    pub(crate) fn contains(self, x: f64) -> bool {
        x.is_finite()
            && match self {
                Domain::Finite => true,
                Domain::Positive => x > 0.0,
                Domain::NonNegative => x >= 0.0,
                Domain::UnitInterval => x > 0.0 && x < 1.0,
                Domain::Count => x >= 0.0 && x.fract() == 0.0,
                Domain::One => (x - 1.0).abs() <= 1e-5,
            }
    }

    /// That there are at least two levels.
    pub(crate) fn check_levels(distribution: &'static str, levels: f64) -> Result<(), DomainError> {
        let steps = Cpu::default().tensor(levels - 1.0);
        Domain::Positive.check([distribution, "levels − 1"], &steps)
    }

    /// Looks at every element of a parameter.
    pub(crate) fn check<S: Shape, E: Real, T: Record<E>>(
        self,
        [distribution, parameter]: [&'static str; 2],
        values: &Tensor<S, E, Cpu, T>,
    ) -> Result<(), DomainError> {
        let values = values.retaped::<NoneTape>().contiguous();
        let values = as_slice(&values).iter().map(|x| x.as_f64());
        match values.enumerate().find(|(_, x)| !self.contains(*x)) {
            None => Ok(()),
            Some((index, value)) => Err(DomainError {
                distribution,
                parameter,
                domain: self,
                index,
                value,
            }),
        }
    }
}

impl std::fmt::Display for Domain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Domain::Finite => "finite",
            Domain::Positive => "finite and above 0",
            Domain::NonNegative => "finite and not below 0",
            Domain::UnitInterval => "between 0 and 1, both excluded",
            Domain::Count => "a whole number, not below 0",
            Domain::One => "1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_wrong_element_is_named() {
        let rate = Cpu::default().tensor([[1.0f32, 2.0], [-3.0, f32::NAN]]);
        let error = Domain::Positive.check(["Gamma", "rate"], &rate);
        assert_eq!(
            error.expect_err("a negative rate").to_string(),
            "Gamma: rate has to be finite and above 0, but its element 2 is -3"
        );
        assert!(Domain::Finite.check(["Gamma", "rate"], &rate).is_err());
    }

    #[test]
    fn domains_hold_their_edges_as_they_say() {
        let holds = |domain: Domain, inside: &[f64], outside: &[f64]| {
            assert!(inside.iter().all(|x| domain.contains(*x)), "{domain}");
            assert!(!outside.iter().any(|x| domain.contains(*x)), "{domain}");
        };
        holds(Domain::Finite, &[-1.0, 0.0], &[f64::INFINITY, f64::NAN]);
        holds(Domain::Positive, &[1e-300], &[0.0, f64::INFINITY]);
        holds(Domain::NonNegative, &[0.0], &[-1e-300, f64::NAN]);
        holds(Domain::UnitInterval, &[0.5], &[0.0, 1.0]);
        holds(Domain::Count, &[0.0, 7.0], &[0.5, -1.0]);
        holds(Domain::One, &[1.0, 0.999_999], &[0.999, f64::NAN]);
    }
}

//! `new` takes the parameters of the list, and none outside of their domains.

use crate::domain::Parameter;
use crate::evaluate::{cases, column, for_each, generator};
use crate::law::Law;

#[test]
fn parameters_outside_of_their_domains_are_refused() {
    let laws = crate::laws()
        .into_iter()
        .filter(|law| law.accepts.is_some());
    for_each(laws.collect(), |law: &Law| {
        let accepts = |parameters: &[f64]| {
            let columns: Vec<_> = parameters.iter().map(|p| column(&[*p])).collect();
            law.accepts.expect("filtered")(&columns)
        };
        for parameters in cases(law, 20, &mut generator(), Parameter::typical) {
            assert!(accepts(&parameters), "{parameters:?}");
            for (k, parameter) in law.parameters.iter().enumerate() {
                for wrong in parameter.refused() {
                    let mut parameters = parameters.clone();
                    parameters[k] = wrong;
                    assert!(!accepts(&parameters), "{parameters:?}");
                }
            }
        }
    });
}

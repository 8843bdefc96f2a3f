//! Which elements see which: exactly those that their order says.

use crate::laws::{close, filled, jacobian, rows};
use dfdx::prelude::*;
use vae_flows::*;
use vae_ops::Elu;

type N = Const<5>;
type H = Const<17>;

/// `sees(i, j)`: whether yᵢ = xᵢ + mᵢ may depend on xⱼ by mᵢ. It has to, then, in some example; as elements from `moved` on do on
/// every number of the context.
fn check<C: ConstDim, F>(moved: usize, sees: impl Fn(usize, usize) -> bool)
where
    F: Flow<f64, Event = N, Context = C> + BuildModule<Cpu, f64>,
{
    let (x, context) = (rows::<N, f64>(0, 2.0), rows::<C, f64>(1, 1.0));
    let (jacobian, _) = jacobian(&filled::<f64, F>(0.8), &x, &context);
    for (i, [of_x, of_context]) in jacobian.iter().enumerate() {
        for j in 0..N::SIZE {
            let mut slopes = of_x.iter().skip(j).step_by(N::SIZE);
            if sees(i, j) {
                assert!(slopes.any(|slope| *slope != 0.0), "{i} does not see {j}");
            } else {
                let expected = f64::from(u8::from(i == j));
                assert!(slopes.all(|slope| *slope == expected), "{i} sees {j}");
            }
        }
        for j in 0..C::SIZE {
            let mut slopes = of_context.iter().skip(j).step_by(C::SIZE);
            let sees = slopes.any(|slope| *slope != 0.0);
            assert_eq!(sees, i >= moved, "{i} and number {j} of the context");
        }
    }
}

#[test]
fn an_element_sees_those_before_it() {
    type Additive<C, const L: usize> = Autoregressive<Shift, Sequential, N, H, C, Elu, L, f64>;
    let before = |i, j| j < i;
    check::<Const<0>, Additive<_, 0>>(0, before);
    check::<Const<0>, Additive<_, 2>>(0, before);
    check::<Const<3>, Additive<_, 0>>(0, before);
    check::<Const<3>, Additive<_, 2>>(0, before);
}

#[test]
fn a_coupling_keeps_the_first_half() {
    let first_half = |i, j| i >= 2 && j < 2;
    check::<Const<0>, Nice<N, H, _, f64>>(2, first_half);
    check::<Const<3>, Nice<N, H, _, f64>>(2, first_half);
}

/// The inverse starts from elements that are wrong, and would overflow here if others were made of them.
#[test]
fn elements_that_are_not_found_yet_are_not_seen() {
    type Wide = Const<40>;
    let flow = filled::<f64, Iaf<Wide, Const<64>, _, f64>>(0.6);
    let (x, context) = (rows::<Wide, f64>(0, 2.0), no_context(4));
    let (y, _) = flow.forward(&x, &context);
    close(&flow.inverse(&y, &context).0, &x, 1e-10);
}

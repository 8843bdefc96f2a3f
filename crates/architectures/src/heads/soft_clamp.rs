use dfdx::prelude::{Cpu, Shape, Tensor};
use vae_ops::{Dual, Real, Record, formula};

/// What a head gives for ln σ² is left as it is up to this, in absolute value.
const LINEAR: f64 = 10.0;
/// Beyond, it bends, twice continuously differentiable, and never gets farther away than this from there.
const BEND: f64 = 4.0;

/// ln σ² within ±14, so that no σ² underflows or overflows, whatever the body does: x for |x| ≤ 10, and
/// ±(10 + 4 tanh((|x| − 10)/4)) beyond. σ is between 9.1·10⁻⁴ and 1.1·10³.
pub(crate) fn soft_clamp<S: Shape, E: Real, T: Record<E>>(
    x: Tensor<S, E, Cpu, T>,
) -> Tensor<S, E, Cpu, T> {
    formula([x], |[x]| {
        if x.value.abs() <= E::of(LINEAR) {
            x
        } else {
            let sign = x.value.signum().as_f64();
            let tanh: Dual<E, 1> = ((x * sign - LINEAR) / BEND).tanh();
            sign * (LINEAR + BEND * tanh)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::TensorFromVec;
    use vae_ops::Batch;
    use vae_testkit::assert_grad;

    #[test]
    fn it_is_smooth_and_bounded() {
        assert_grad(-40.0..40.0, |[x]| soft_clamp(x));
        let values = vec![0.25f32, -10.0, 11.0, 1e9, f32::NEG_INFINITY];
        let x: Batch<usize> = Cpu::default().tensor_from_vec(values, (1, 5));
        let y = soft_clamp(x).as_vec();
        assert_eq!(y[..2], [0.25, -10.0]);
        assert!((y[2] - 10.979_674).abs() < 1e-5, "{}", y[2]);
        assert_eq!(y[3..], [14.0, -14.0]);
    }
}

//! What every flow has to be: invertible, with the right determinant and gradients, and a density that integrates to 1.

mod laws;
mod masks;

use dfdx::prelude::Const;
use vae_flows::*;

/// `name: type` in terms of the sizes N and C and the elements E; every law is tested of it, gradients of one pair of sizes: they
/// take the compiler longest.
macro_rules! flows {
    ($($name:ident: $Flow:ty;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn without_context() {
                type N = Const<2>;
                #[allow(dead_code)]
                type C = Const<0>;
                #[allow(dead_code)]
                type E = f64;
                laws::round_trips::<N, C, E, $Flow>(0.8, 1e-10);
                laws::density_integrates_to_one::<N, $Flow>();
            }

            #[test]
            fn in_context() {
                type N = Const<5>;
                #[allow(dead_code)]
                type C = Const<3>;
                #[allow(dead_code)]
                type E = f64;
                laws::all::<N, C, $Flow>();
            }

            #[test]
            fn in_single_precision() {
                type N = Const<5>;
                #[allow(dead_code)]
                type C = Const<3>;
                #[allow(dead_code)]
                type E = f32;
                // A flow multiplies rounding errors by its slopes: milder ones than in double precision.
                laws::round_trips::<N, C, E, $Flow>(0.4, 1e-5);
            }
        }
    )*};
}

/// As wide as it takes for every degree to have more than one unit.
type H = Const<11>;

flows! {
    affine: Affine<N, C, E>;
    planar: Planar<N, C, E>;
    radial: Radial<N, C, E>;
    householder: Householder<N, C, E>;
    sylvester: Sylvester<N, SecondHalf<N>, 2, C, E>;
    square_sylvester: Sylvester<N, N, 3, C, E>;
    invertible_linear: InvertibleLinear<N, C, E>;
    reverse: Reverse<N, C>;
    shuffle: Shuffle<N, 7, C>;
    iaf: Iaf<N, H, C, E>;
    maf: Maf<N, H, C, E>;
    nice: Nice<N, H, C, E>;
    real_nvp: RealNvp<N, H, C, E>;
    neural_spline: NeuralSpline<N, H, 4, C, E>;
    autoregressive_spline:
        Autoregressive<RationalQuadratic<3, 2>, Sequential, N, H, C, vae_ops::Elu, 0, E>;
    chain: Chain<(Planar<N, C, E>, Reverse<N, C>), 3>;
    six: (
        Affine<N, C, E>,
        Iaf<N, H, C, E>,
        Shuffle<N, 1, C>,
        Invert<RealNvp<N, H, C, E>>,
        Householder<N, C, E>,
        Nice<N, H, C, E>,
    );
}

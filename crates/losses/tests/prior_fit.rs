//! The objective of a prior alone.

use dfdx::prelude::*;
use vae_architectures::{BernoulliDecoder, GaussianEncoder, Linear, Vae};
use vae_losses::{Elbo, Objective, PriorFit};
use vae_ops::{Batch, GradTape, Gradients, as_slice, backward};
use vae_priors::Mixture;
use vae_reparam::Noise;
use vae_testkit::{assert_close, parameter_gradients, spread};

type X = Const<6>;
type H = Const<5>;
type Z = Const<3>;
type Model = Vae<
    GaussianEncoder<Linear<X, H, vae_ops::Identity, f64>, Z, f64>,
    BernoulliDecoder<Linear<Z, H, vae_ops::Identity, f64>, X, f64>,
    Mixture<4, Z, f64>,
>;

/// The bound depends on the prior through E_q[ln p(z)] alone, so both have one gradient there; and everything else has none.
#[test]
fn it_is_the_bound_as_a_function_of_the_prior() {
    let model: Model = BuildModule::<Cpu, f64>::build(&Cpu::seed_from_u64(0));
    let pixels = spread::<f64>(3, 24)
        .into_iter()
        .map(|x| f64::from(u8::from(x > 0.0)));
    let x: Batch<X, f64> = Cpu::default().tensor_from_vec(pixels.collect(), (4, Const));
    let noise = Noise::new(1, "latent");
    let gradients = |objective: &dyn Fn(Batch<X, f64, GradTape<f64>>) -> Gradients<f64>| {
        parameter_gradients(&model, &objective(x.clone().put_tape(GradTape::for_data())))
    };
    let of_fit = gradients(&|x| backward(PriorFit.evaluate(&model, x, noise).loss, 1.0));
    let of_elbo = gradients(&|x| backward(Elbo { beta: 1.0 }.evaluate(&model, x, noise).loss, 1.0));
    assert_eq!(of_fit.len(), of_elbo.len());
    for ((name, fit), (_, elbo)) in of_fit.iter().zip(&of_elbo) {
        for (fit, elbo) in fit.iter().zip(elbo) {
            if name.starts_with("prior") {
                assert_close(*fit, *elbo, 1e-14);
            } else {
                assert_eq!(*fit, 0.0, "{name}");
            }
        }
    }
    let prior = of_fit.iter().filter(|(name, _)| name.starts_with("prior"));
    assert!(prior.flat_map(|(_, g)| g).all(|g| *g != 0.0));

    let [fit, elbo] = [
        PriorFit.evaluate(&model, x.clone(), noise),
        Elbo { beta: 1.0 }.evaluate(&model, x.clone(), noise),
    ]
    .map(|terms| [terms.elbo, terms.reconstruction, terms.kl].map(|t| as_slice(&t).to_vec()));
    assert_eq!(fit, elbo);
}

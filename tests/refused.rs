//! Data that a model cannot read are refused before its run touches the disk.

use std::num::NonZeroUsize;
use tempfile::TempDir;
use vae::prelude::*;
use vae::runner::{Error, LogFormat};

type X = Const<4>;
type C = Const<3>;
type Z = Const<2>;
type XC = Const<7>;
type ZC = Const<5>;
type Plain = Vae<GaussianEncoder<Mlp<X, Z>, Z>, BernoulliDecoder<Mlp<Z, Z>, X>, StandardNormal<Z>>;
type Conditional = ConditionalVae<
    Conditioned<Concat<X, C, XC>, GaussianEncoder<Mlp<XC, Z>, Z>>,
    Conditioned<Concat<Z, C, ZC>, BernoulliDecoder<Mlp<ZC, Z>, X>>,
    StandardNormal<Z>,
>;

/// What training for an epoch fails with; there must be no folder afterwards.
fn refusal<M>(data: &impl Examples<f32>) -> Option<Error>
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu, To<f32, Cpu> = M> + Sync,
{
    let home = TempDir::new().unwrap();
    let folder = home.path().join("run");
    let args = RunArgs {
        out: Some(folder.clone()),
        seed: 0,
        epochs: NonZeroUsize::MIN,
        steps: None,
        batch_size: NonZeroUsize::MIN,
        patience: None,
        threads: None,
        data_dir: None,
        resume: false,
        force: false,
        quick: false,
        quiet: false,
        log_format: LogFormat::Text,
        part: None,
    };
    let run = Run::start("refused", &args, &()).unwrap();
    let mut model = M::build(&run.device());
    let mut objective = Elbo { beta: 1.0 };
    let trained = fit(
        &run,
        &mut model,
        &mut Adam::new(1e-3),
        &mut objective,
        data,
        data,
    );
    assert_eq!(folder.exists(), trained.is_ok());
    trained.err()
}

fn images(count: usize, width: usize) -> Images {
    Images::new(1, width, vec![100; count * width]).unwrap()
}

#[test]
fn images_of_another_width() {
    assert!(refusal::<Plain>(&Fixed::grey(images(2, 4))).is_none());
    let error = refusal::<Plain>(&Fixed::grey(images(2, 5))).unwrap();
    assert_eq!(
        error.to_string(),
        "the model takes 4 numbers per example, the data have 5"
    );
    let error = refusal::<Plain>(&Fixed::grey(images(0, 4))).unwrap();
    assert_eq!(
        error.to_string(),
        "the model takes 4 numbers per example, the data have no examples"
    );
}

#[test]
fn a_side_input_that_is_missing_or_that_no_one_asked_for() {
    let unlabelled = Fixed::grey(images(2, 4));
    let labelled = Fixed::grey(images(2, 4).with_labels(vec![0, 2]).unwrap());
    assert!(refusal::<Conditional>(&Labelled::<_, 3>(labelled.clone())).is_none());
    for (model, data, refused) in [
        (3, 0, refusal::<Conditional>(&unlabelled)),
        (
            3,
            0,
            refusal::<Conditional>(&Labelled::<_, 3>(unlabelled.clone())),
        ),
        (
            3,
            4,
            refusal::<Conditional>(&Labelled::<_, 4>(labelled.clone())),
        ),
        (0, 3, refusal::<Plain>(&Labelled::<_, 3>(labelled.clone()))),
    ] {
        let text = format!(
            "the model takes {model} numbers of side input per example, the data have {data}"
        );
        assert_eq!(refused.unwrap().to_string(), text);
    }
}

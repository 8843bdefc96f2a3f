//! Weights for other programs, in the [safetensors](https://docs.rs/safetensors) format: every tensor by its name, such as
//! `encoder.body.weight`, in `f32`.

use crate::{Error, Parameter, Result, file, parameters};
use dfdx::prelude::{Cpu, TensorCollection};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::path::Path;

/// Writes the weights of a model, which a reader sees either as they were before or complete.
///
/// ```
/// use dfdx::prelude::{BuildModule, Const, Cpu};
/// use vae_architectures::Linear;
/// use vae_runner::weights;
///
/// let build = |seed| -> Linear<Const<3>, Const<2>> { BuildModule::build(&Cpu::seed_from_u64(seed)) };
/// let (model, mut other) = (build(0), build(1));
/// let path = std::env::temp_dir().join("vae-doc-test.safetensors");
/// weights::save(&model, &path)?;
/// weights::load(&mut other, &path)?;
/// assert_eq!(other.weight.as_vec(), model.weight.as_vec());
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), vae_runner::Error>(())
/// ```
///
/// # Errors
/// If the file cannot be written.
pub fn save<M: TensorCollection<f32, Cpu>>(model: &M, path: &Path) -> Result<()> {
    let parameters = parameters::save(model);
    let bytes = |parameter: &Parameter| -> Vec<u8> {
        let values = parameter.values.iter();
        values.flat_map(|value| value.to_le_bytes()).collect()
    };
    let bytes: Vec<Vec<u8>> = parameters.iter().map(bytes).collect();
    let view = |(parameter, bytes): (&Parameter, _)| {
        let view = TensorView::new(Dtype::F32, parameter.shape.clone(), bytes);
        (
            parameter.name.clone(),
            view.expect("four bytes for each element"),
        )
    };
    let views = parameters
        .iter()
        .zip(bytes.iter().map(Vec::as_slice))
        .map(view);
    let whole = safetensors::serialize(views, None).expect("names differ");
    file::save(path, &whole)
}

/// Gives a model the weights of a file, in whatever order they are in it.
///
/// # Errors
/// If the file cannot be read, is none, or does not have exactly the tensors of the model; which is then left as it is.
pub fn load<M: TensorCollection<f32, Cpu>>(model: &mut M, path: &Path) -> Result<()> {
    let bytes = file::read(path)?;
    parse(model, &bytes).map_err(|reason| Error::Weights {
        path: path.into(),
        reason,
    })
}

/// The same with the content of a file.
///
/// # Errors
/// As [`load`], with the reason alone.
pub fn parse<M: TensorCollection<f32, Cpu>>(model: &mut M, bytes: &[u8]) -> Result<(), String> {
    let stored = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let mut weights = parameters::save(model);
    for parameter in &mut weights {
        let name = &parameter.name;
        let Ok(tensor) = stored.tensor(name) else {
            return Err(format!("there is no {name} in it"));
        };
        if (tensor.dtype(), tensor.shape()) != (Dtype::F32, &parameter.shape[..]) {
            return Err(format!(
                "its {name} is {:?} of shape {:?}, where the model has F32 of shape {:?}",
                tensor.dtype(),
                tensor.shape(),
                parameter.shape
            ));
        }
        let (values, _) = tensor.data().as_chunks();
        parameter.values = values
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect();
    }
    let unknown = |name: &&str| weights.iter().all(|parameter| parameter.name != **name);
    if let Some(name) = stored.names().into_iter().find(unknown) {
        return Err(format!("its {name} is not in the model"));
    }
    parameters::load(model, &weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::{BuildModule, Const};
    use proptest::prelude::*;
    use std::process::Command;
    use vae_architectures::{BatchNorm, Linear};

    type Model = (Linear<Const<3>, Const<2>>, BatchNorm<Const<2>>);

    fn model(seed: u64) -> Model {
        BuildModule::<Cpu, f32>::build(&Cpu::seed_from_u64(seed))
    }

    fn stored() -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weights.safetensors");
        save(&model(1), &path).unwrap();
        std::fs::read(path).unwrap()
    }

    #[test]
    fn weights_come_back_exactly() {
        let mut other = model(2);
        parse(&mut other, &stored()).unwrap();
        assert_eq!(parameters::save(&other), parameters::save(&model(1)));
    }

    #[test]
    fn what_does_not_fit_is_named_and_changes_nothing() {
        fn refused<M: TensorCollection<f32, Cpu>>(mut model: M, bytes: &[u8]) -> String {
            let before = parameters::save(&model);
            let error = parse(&mut model, bytes).unwrap_err();
            assert_eq!(parameters::save(&model), before);
            error
        }
        type Wide = (Linear<Const<3>, Const<2>>, BatchNorm<Const<3>>);
        let device = Cpu::default();
        let wide: Wide = BuildModule::build(&device);
        let error = refused(wide, &stored());
        let expected = "its 1.scale is F32 of shape [2], where the model has F32 of shape [3]";
        assert_eq!(error, expected);
        let more: (Model, Linear<Const<3>, Const<2>>) = BuildModule::build(&device);
        assert_eq!(refused(more, &stored()), "there is no 0.0.weight in it");
        let less: (Linear<Const<3>, Const<2>>,) = BuildModule::build(&device);
        let error = refused(less, &stored());
        assert!(
            error.starts_with("its 1.") && error.ends_with("is not in the model"),
            "{error}"
        );
        let good = stored();
        for length in 0..good.len() {
            refused(model(0), &good[..length]);
        }
    }

    /// By the package of the format's authors, where there is one.
    #[test]
    fn python_reads_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weights.safetensors");
        save(&model(1), &path).unwrap();
        let script = "import sys; from safetensors.numpy import load_file\n\
            for name, x in sorted(load_file(sys.argv[1]).items()): print(name, x.dtype, x.shape, float(x.sum(dtype='f8')))";
        let python = std::env::var("VAE_PYTHON").unwrap_or("python3".into());
        let output = Command::new(python)
            .args(["-c", script])
            .arg(&path)
            .output();
        let said = match output {
            Ok(output) if output.status.success() => String::from_utf8(output.stdout).unwrap(),
            _ => {
                return println!(
                    "skipped: there is no Python with safetensors; VAE_PYTHON names one"
                );
            }
        };
        let mut expected = parameters::save(&model(1));
        expected.sort_by(|a, b| a.name.cmp(&b.name));
        let line = |parameter: &Parameter| {
            let shape: Vec<String> = parameter.shape.iter().map(usize::to_string).collect();
            let comma = if shape.len() == 1 { "," } else { "" };
            let sum: f64 = parameter.values.iter().map(|x| f64::from(*x)).sum();
            format!(
                "{} float32 ({}{comma}) {sum:?}\n",
                parameter.name,
                shape.join(", ")
            )
        };
        assert_eq!(said, expected.iter().map(line).collect::<String>());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let framed = [&(bytes.len() as u64).to_le_bytes()[..], &bytes].concat();
            prop_assert!(parse(&mut model(0), &bytes).is_err());
            prop_assert!(parse(&mut model(0), &framed).is_err());
        }
    }
}

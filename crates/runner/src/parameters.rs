use dfdx::nn::{ViewTensorMut, ViewTensorName, ViewTensorRef};
use dfdx::prelude::{
    Cpu, HasShape, RecursiveWalker, Shape, Tensor, TensorCollection, TensorOptions, TensorVisitor,
};
use serde::{Deserialize, Serialize};
use vae_ops::{as_mut_slice, as_slice};

/// A named parameter of a model, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// The path of fields that leads to it, such as `encoder.body.weight`.
    pub name: String,
    /// Its sizes.
    pub shape: Vec<usize>,
    /// The type of its elements, `f32`.
    #[serde(default = "elements")]
    pub dtype: String,
    /// Its elements, row after row.
    pub values: Vec<f32>,
}

/// The only type of elements that is stored.
pub(crate) const ELEMENTS: &str = "f32";

fn elements() -> String {
    ELEMENTS.into()
}

/// Copies all parameters out of a model.
pub(crate) fn save<M: TensorCollection<f32, Cpu>>(model: &M) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    let Ok(_) = M::iter_tensors(&mut RecursiveWalker {
        m: (model, String::new()),
        f: &mut Save(&mut parameters),
    });
    parameters
}

/// Copies parameters into a model; on a mismatch says which is the first that differs, and changes nothing.
pub(crate) fn load<M: TensorCollection<f32, Cpu>>(
    model: &mut M,
    parameters: &[Parameter],
) -> Result<(), String> {
    let here = save(model);
    let describe = |p: Option<&Parameter>| match p {
        Some(p) => format!("{} of shape {:?}", p.name, p.shape),
        None => "no further parameter".into(),
    };
    for i in 0..here.len().max(parameters.len()) {
        let (own, stored) = (here.get(i), parameters.get(i));
        let same = own.zip(stored).is_some_and(|(a, b)| {
            (&a.name, &a.shape, a.values.len()) == (&b.name, &b.shape, b.values.len())
        });
        if !same {
            return Err(format!(
                "it is of another model: it has {}, where this one has {}",
                describe(stored),
                describe(own)
            ));
        }
    }
    let Ok(_) = M::iter_tensors(&mut RecursiveWalker {
        m: model,
        f: &mut Load(parameters.iter()),
    });
    Ok(())
}

struct Save<'a>(&'a mut Vec<Parameter>);

impl TensorVisitor<f32, Cpu> for Save<'_> {
    type Viewer = (ViewTensorRef, ViewTensorName);
    type Err = std::convert::Infallible;
    type E2 = f32;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, Cpu>,
        (tensor, name): (&Tensor<S, f32, Cpu>, String),
    ) -> Result<Option<Tensor<S, f32, Cpu>>, Self::Err> {
        let (shape, values) = (tensor.shape().concrete().into(), as_slice(tensor).to_vec());
        self.0.push(Parameter {
            name,
            shape,
            dtype: elements(),
            values,
        });
        Ok(None)
    }
}

struct Load<'a>(std::slice::Iter<'a, Parameter>);

impl TensorVisitor<f32, Cpu> for Load<'_> {
    type Viewer = ViewTensorMut;
    type Err = std::convert::Infallible;
    type E2 = f32;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        _: TensorOptions<S, f32, Cpu>,
        tensor: &mut Tensor<S, f32, Cpu>,
    ) -> Result<Option<Tensor<S, f32, Cpu>>, Self::Err> {
        if let Some(parameter) = self.0.next() {
            as_mut_slice(tensor).copy_from_slice(&parameter.values);
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::{BuildModule, Const};
    use vae_architectures::{BatchNorm, Linear};

    #[test]
    fn running_statistics_are_saved_though_they_are_not_trained() {
        type Model = (Linear<Const<3>, Const<2>>, BatchNorm<Const<2>>);
        let build = |seed| -> Model { BuildModule::build(&Cpu::seed_from_u64(seed)) };
        let (mut model, mut other) = (build(1), build(2));
        as_mut_slice(&mut model.1.running_mean).copy_from_slice(&[3.0, 4.0]);
        as_mut_slice(&mut model.1.running_var).copy_from_slice(&[5.0, 6.0]);
        let stored = save(&model);
        assert_eq!(stored.last().unwrap().name, "1.running_var");
        load(&mut other, &stored).unwrap();
        assert_eq!(as_slice(&other.1.running_mean), [3.0, 4.0]);
        assert_eq!(save(&other), stored);
    }
}

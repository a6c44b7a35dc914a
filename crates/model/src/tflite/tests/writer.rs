//! Writes `.tflite` files for tests, true and broken ones. Slots are those of `schema.fbs`.

use flatbuffers::{FlatBufferBuilder, ForwardsUOffset, TableFinishedWIPOffset, Vector, WIPOffset};

type Builder = FlatBufferBuilder<'static>;
type Finished = WIPOffset<TableFinishedWIPOffset>;

#[derive(Clone)]
pub struct FileTensor {
    pub name: &'static str,
    pub shape: Vec<i32>,
    pub element: i8,
    pub buffer: u32,
    pub scales: Vec<f32>,
    pub zeros: Vec<i64>,
    pub dimension: i32,
    pub sparse: bool,
}

#[derive(Clone)]
pub struct FileOperator {
    pub code: u32,
    pub inputs: Vec<i32>,
    pub outputs: Vec<i32>,
    pub activation: i8,
    pub weights_format: i8,
}

#[derive(Clone)]
pub struct ModelFile {
    /// Code and custom name.
    pub codes: Vec<(i32, Option<&'static str>)>,
    pub tensors: Vec<FileTensor>,
    pub operators: Vec<FileOperator>,
    /// Data and offset.
    pub buffers: Vec<(Vec<u8>, u64)>,
    pub inputs: Vec<i32>,
    pub outputs: Vec<i32>,
    pub subgraphs: usize,
}

const FLOAT32: i8 = 0;
const INT32: i8 = 2;
const INT8: i8 = 9;

fn tensor(name: &'static str, shape: &[i32], element: i8, scales: &[f32]) -> FileTensor {
    FileTensor {
        name,
        shape: shape.to_vec(),
        element,
        buffer: 0,
        scales: scales.to_vec(),
        zeros: vec![0; scales.len()],
        dimension: 0,
        sparse: false,
    }
}

fn constant(base: FileTensor, buffer: u32) -> FileTensor {
    FileTensor { buffer, ..base }
}

fn operator(code: u32, inputs: &[i32], output: i32, activation: i8) -> FileOperator {
    let (inputs, outputs) = (inputs.to_vec(), vec![output]);
    FileOperator { code, inputs, outputs, activation, weights_format: 0 }
}

impl ModelFile {
    /// float32 image -> QUANTIZE -> RESHAPE -> two fully connected layers -> DEQUANTIZE -> float32.
    pub fn usual() -> ModelFile {
        let shape = [1i32, 4].map(i32::to_le_bytes).concat();
        let weights = vec![1u8, 2, 3, 4, 5, 6, 7, 8, 0x80, 127, 0, 1];
        let bias = [1i32, -2, i32::MAX].map(i32::to_le_bytes).concat();
        let mut image = tensor("image", &[1, 2, 2], INT8, &[0.5]);
        image.zeros = vec![-3];
        let row = FileTensor { name: "row", shape: vec![1, 4], ..image.clone() };
        ModelFile {
            codes: vec![(114, None), (22, None), (9, None), (6, None)],
            tensors: vec![
                tensor("float image", &[1, 2, 2], FLOAT32, &[]),
                image,
                row,
                constant(tensor("row shape", &[2], INT32, &[]), 2),
                constant(tensor("dense0/weights", &[3, 4], INT8, &[0.5, 0.25, 0.125]), 1),
                constant(tensor("dense0/bias", &[3], INT32, &[0.25, 0.125, 0.0625]), 3),
                tensor("dense0", &[1, 3], INT8, &[2.0]),
                constant(tensor("dense1/weights", &[2, 3], INT8, &[0.5]), 4),
                tensor("dense1", &[1, 2], INT8, &[1.0]),
                tensor("float result", &[1, 2], FLOAT32, &[]),
            ],
            operators: vec![
                operator(0, &[0], 1, 0),
                operator(1, &[1, 3], 2, 0),
                operator(2, &[2, 4, 5], 6, 1),
                operator(2, &[6, 7, -1], 8, 3),
                operator(3, &[8], 9, 0),
            ],
            buffers: [vec![], weights, shape, bias, vec![9; 6]].map(|data| (data, 0)).to_vec(),
            inputs: vec![0],
            outputs: vec![9],
            subgraphs: 1,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut b = Builder::new();
        let codes = self.codes.iter().map(|code| operator_code(&mut b, code)).collect();
        let codes = tables(&mut b, codes);
        let subgraphs = (0..self.subgraphs).map(|_| self.subgraph(&mut b)).collect();
        let subgraphs = tables(&mut b, subgraphs);
        let buffers = self.buffers.iter().map(|data| buffer(&mut b, data)).collect();
        let buffers = tables(&mut b, buffers);
        let start = b.start_table();
        b.push_slot(4, 3u32, 0);
        b.push_slot_always(6, codes);
        b.push_slot_always(8, subgraphs);
        b.push_slot_always(12, buffers);
        let model = b.end_table(start);
        b.finish(model, Some("TFL3"));
        b.finished_data().to_vec()
    }

    fn subgraph(&self, b: &mut Builder) -> Finished {
        let tensors = self.tensors.iter().map(|tensor| tensor.write(b)).collect();
        let tensors = tables(b, tensors);
        let operators = self.operators.iter().map(|operator| operator.write(b)).collect();
        let operators = tables(b, operators);
        let (inputs, outputs) = (b.create_vector(&self.inputs), b.create_vector(&self.outputs));
        let start = b.start_table();
        b.push_slot_always(4, tensors);
        b.push_slot_always(6, inputs);
        b.push_slot_always(8, outputs);
        b.push_slot_always(10, operators);
        b.end_table(start)
    }
}

impl FileTensor {
    fn write(&self, b: &mut Builder) -> Finished {
        let (name, shape) = (b.create_string(self.name), b.create_vector(&self.shape));
        let (scales, zeros) = (b.create_vector(&self.scales), b.create_vector(&self.zeros));
        let start = b.start_table();
        b.push_slot_always(8, scales);
        b.push_slot_always(10, zeros);
        b.push_slot(16, self.dimension, 0);
        let quantization = b.end_table(start);
        let sparsity = self.sparse.then(|| sparsity(b));
        let start = b.start_table();
        b.push_slot_always(4, shape);
        b.push_slot(6, self.element, 0);
        b.push_slot(8, self.buffer, 0);
        b.push_slot_always(10, name);
        b.push_slot_always(12, quantization);
        sparsity.into_iter().for_each(|table| b.push_slot_always(16, table));
        b.end_table(start)
    }
}

impl FileOperator {
    fn write(&self, b: &mut Builder) -> Finished {
        let (inputs, outputs) = (b.create_vector(&self.inputs), b.create_vector(&self.outputs));
        let start = b.start_table();
        b.push_slot(4, self.activation, 0);
        b.push_slot(6, self.weights_format, 0);
        let options = b.end_table(start);
        let start = b.start_table();
        b.push_slot(4, self.code, 0);
        b.push_slot_always(6, inputs);
        b.push_slot_always(8, outputs);
        b.push_slot(10, 8u8, 0); // FullyConnectedOptions, whatever the operator: it must not matter
        b.push_slot_always(12, options);
        b.end_table(start)
    }
}

/// Old files fill only the 8-bit field, new ones both: the small codes here are written the old way.
fn operator_code(b: &mut Builder, (code, custom): &(i32, Option<&'static str>)) -> Finished {
    let custom = custom.map(|name| b.create_string(name));
    let start = b.start_table();
    b.push_slot(4, i8::try_from(*code).unwrap_or(i8::MAX), 0);
    custom.into_iter().for_each(|name| b.push_slot_always(6, name));
    if *code > 100 {
        b.push_slot(10, *code, 0);
    }
    b.end_table(start)
}

fn buffer(b: &mut Builder, (data, offset): &(Vec<u8>, u64)) -> Finished {
    let data = b.create_vector(data);
    let start = b.start_table();
    b.push_slot_always(4, data);
    b.push_slot(6, *offset, 0);
    b.end_table(start)
}

fn sparsity(b: &mut Builder) -> Finished {
    let order = b.create_vector(&[0i32, 1]);
    let start = b.start_table();
    b.push_slot_always(4, order);
    b.end_table(start)
}

type Tables = WIPOffset<Vector<'static, ForwardsUOffset<TableFinishedWIPOffset>>>;

fn tables(b: &mut Builder, tables: Vec<Finished>) -> Tables {
    b.create_vector(&tables)
}

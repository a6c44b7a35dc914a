//! Bundles: structs of signals that travel together.

use crate::context::Context;
use crate::ports::Ports;
use crate::scope::Scope;
use crate::sig::Sig;
use crate::stream::Stream;
use seedbed_ir::{Code, Dir, Loc, Ty};
use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;
use std::panic::Location;
use std::rc::Rc;

/// A list of named fields. The value holds the parameters, such as widths; `fields` lists the fields
/// once, for ports, wires and registers alike.
///
/// Most fields flow with the bundle, some (`ready`, read data) against it. Bundles nest, also in lists.
///
/// ```
/// use seedbed_hdl::{bit, uint, Bundle, Fields, Sig};
///
/// #[derive(Clone)]
/// struct Request {
///     addr: u32,
/// }
///
/// struct RequestSigs<'m> {
///     addr: Sig<'m>,
///     write: Sig<'m>,
///     ready: Sig<'m>,
/// }
///
/// impl Bundle for Request {
///     type Sigs<'m> = RequestSigs<'m>;
///
///     fn fields<'m>(&self, f: &Fields<'_, 'm>) -> RequestSigs<'m> {
///         RequestSigs {
///             addr: f.field("addr", uint(self.addr)),
///             write: f.field("write", bit()),
///             ready: f.back("ready", bit()),
///         }
///     }
/// }
///
/// assert_eq!(Request { addr: 16 }.width(), 17); // what flows with it
/// ```
pub trait Bundle: Clone {
    /// The struct of signals.
    type Sigs<'m>;

    /// Lists the fields; it must list the same ones whenever it is called.
    fn fields<'m>(&self, f: &Fields<'_, 'm>) -> Self::Sigs<'m>;

    /// The bits of all fields that flow with the bundle.
    fn width(&self) -> u32 {
        forward_width(&self.fields_alone())
    }
}

/// What the fields of a bundle are, apart from any design.
trait Alone: Bundle {
    /// Name, type and whether it flows back, of each field.
    fn fields_alone(&self) -> Vec<(String, Ty, bool)> {
        let scratch = Context::scratch();
        let made = scratch.fill("", self, &Anything { scope: &scratch });
        made.leaves.iter().map(|leaf| (leaf.name.clone(), leaf.sig.ty(), leaf.back)).collect()
    }
}

impl<B: Bundle> Alone for B {}

fn forward_width(fields: &[(String, Ty, bool)]) -> u32 {
    let widths = fields.iter().filter(|(_, _, back)| !back).map(|(_, ty, _)| ty.width);
    widths.fold(0, u32::saturating_add)
}

/// The signals of a bundle; its fields are those of [`Bundle::Sigs`].
pub struct BundleSig<'m, B: Bundle> {
    made: Rc<Made<'m, B>>,
}

struct Made<'m, B: Bundle> {
    scope: &'m Scope,
    of: B,
    sigs: B::Sigs<'m>,
    leaves: Vec<Leaf<'m>>,
}

/// A field that is a signal.
#[derive(Clone)]
struct Leaf<'m> {
    /// Its name within the bundle.
    name: String,
    sig: Sig<'m>,
    /// Whether it flows against the bundle.
    back: bool,
}

impl<B: Bundle> Clone for BundleSig<'_, B> {
    fn clone(&self) -> Self {
        BundleSig { made: self.made.clone() }
    }
}

impl<'m, B: Bundle> Deref for BundleSig<'m, B> {
    type Target = B::Sigs<'m>;
    fn deref(&self) -> &B::Sigs<'m> {
        &self.made.sigs
    }
}

impl<B: Bundle> fmt::Debug for BundleSig<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leaves = self.made.leaves.iter().map(|leaf| (&leaf.name, leaf.sig));
        f.debug_map().entries(leaves).finish()
    }
}

/// Makes the signal of a field.
trait Maker<'m> {
    /// The module in which the signals live.
    fn scope(&self) -> &'m Scope;

    /// `name` is the whole name, with the prefixes of the bundles around it.
    #[track_caller]
    fn make(&self, name: &str, ty: Ty, back: bool) -> Sig<'m>;
}

/// Lists the fields of a bundle, in [`Bundle::fields`].
pub struct Fields<'f, 'm> {
    maker: &'f dyn Maker<'m>,
    prefix: String,
    /// Whether this bundle lies flipped in those around it.
    flipped: bool,
    leaves: RefCell<Vec<Leaf<'m>>>,
}

impl<'m> Fields<'_, 'm> {
    /// The module in which the signals live.
    pub(crate) fn scope(&self) -> &'m Scope {
        self.maker.scope()
    }

    /// A field that flows with the bundle.
    #[track_caller]
    pub fn field(&self, name: impl AsRef<str>, ty: Ty) -> Sig<'m> {
        self.leaf(name.as_ref(), ty, false)
    }

    /// A field that flows against the bundle.
    #[track_caller]
    pub fn back(&self, name: impl AsRef<str>, ty: Ty) -> Sig<'m> {
        self.leaf(name.as_ref(), ty, true)
    }

    /// A stream that flows with the bundle; its `ready` flows against it.
    #[track_caller]
    pub fn stream(&self, name: impl AsRef<str>, ty: Ty) -> Stream<'m> {
        let name = name.as_ref();
        Stream {
            valid: self.leaf(&format!("{name}_valid"), Ty::uint(1), false),
            ready: self.leaf(&format!("{name}_ready"), Ty::uint(1), true),
            data: self.leaf(&format!("{name}_data"), ty, false),
        }
    }

    /// A bundle within this one.
    pub fn bundle<B: Bundle>(&self, name: impl AsRef<str>, of: &B) -> BundleSig<'m, B> {
        self.nested(name.as_ref(), of, false)
    }

    /// A bundle within this one that flows the other way.
    pub fn flipped<B: Bundle>(&self, name: impl AsRef<str>, of: &B) -> BundleSig<'m, B> {
        self.nested(name.as_ref(), of, true)
    }

    /// `count` equal bundles within this one, called `NAME_0`, `NAME_1`, ...
    pub fn list<B: Bundle>(
        &self,
        name: impl AsRef<str>,
        count: usize,
        of: &B,
    ) -> Vec<BundleSig<'m, B>> {
        let name = name.as_ref();
        (0..count).map(|index| self.nested(&format!("{name}_{index}"), of, false)).collect()
    }

    #[track_caller]
    fn leaf(&self, name: &str, ty: Ty, back: bool) -> Sig<'m> {
        let whole = format!("{}{name}", self.prefix);
        let sig = self.maker.make(&whole, ty, back != self.flipped);
        self.leaves.borrow_mut().push(Leaf { name: name.to_string(), sig, back });
        sig
    }

    fn nested<B: Bundle>(&self, name: &str, of: &B, flip: bool) -> BundleSig<'m, B> {
        let prefix = format!("{}{name}_", self.prefix);
        let made = fields_of(of, self.maker, prefix, self.flipped != flip);
        for leaf in &made.leaves {
            let whole = format!("{name}_{}", leaf.name);
            let leaf = Leaf { name: whole, sig: leaf.sig, back: leaf.back != flip };
            self.leaves.borrow_mut().push(leaf);
        }
        BundleSig { made: Rc::new(made) }
    }
}

fn fields_of<'m, B: Bundle>(
    of: &B,
    maker: &dyn Maker<'m>,
    prefix: String,
    flipped: bool,
) -> Made<'m, B> {
    let fields = Fields { maker, prefix, flipped, leaves: RefCell::default() };
    let sigs = of.fields(&fields);
    Made { scope: maker.scope(), of: of.clone(), sigs, leaves: fields.leaves.into_inner() }
}

/// Ports; those that flow with the bundle have direction `forward`.
struct AsPorts<'a, 'p, 'm> {
    ports: &'a Ports<'p, 'm>,
    forward: Dir,
}

impl<'m> Maker<'m> for AsPorts<'_, '_, 'm> {
    fn scope(&self) -> &'m Scope {
        self.ports.scope()
    }

    #[track_caller]
    fn make(&self, name: &str, ty: Ty, back: bool) -> Sig<'m> {
        match (self.forward, back) {
            (Dir::Input, false) | (Dir::Output, true) => self.ports.input(name, ty),
            (Dir::Output, false) | (Dir::Input, true) => self.ports.output(name, ty),
        }
    }
}

/// Wires or registers of `scope`.
struct AsState<'m> {
    scope: &'m Scope,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Wire,
    Reg,
    RegNoReset,
}

impl<'m> Maker<'m> for AsState<'m> {
    fn scope(&self) -> &'m Scope {
        self.scope
    }

    #[track_caller]
    fn make(&self, name: &str, ty: Ty, _: bool) -> Sig<'m> {
        match self.kind {
            Kind::Wire => self.scope.wire(name, ty),
            Kind::Reg => self.scope.reg(name, ty, 0),
            Kind::RegNoReset => self.scope.reg_no_reset(name, ty),
        }
    }
}

/// Values that are there already, in the order of the fields.
struct Given<'m> {
    scope: &'m Scope,
    values: RefCell<std::vec::IntoIter<Sig<'m>>>,
}

impl<'m> Maker<'m> for Given<'m> {
    fn scope(&self) -> &'m Scope {
        self.scope
    }

    fn make(&self, _: &str, ty: Ty, _: bool) -> Sig<'m> {
        self.values.borrow_mut().next().unwrap_or_else(|| self.scope.poison(ty))
    }
}

/// The parts of a vector, from its most significant bit down.
struct Parts<'m> {
    packed: Sig<'m>,
    left: RefCell<u32>,
}

impl<'m> Maker<'m> for Parts<'m> {
    fn scope(&self) -> &'m Scope {
        self.packed.scope
    }

    #[track_caller]
    fn make(&self, _: &str, ty: Ty, _: bool) -> Sig<'m> {
        let lo = self.left.borrow().checked_sub(ty.width.max(1));
        let Some(lo) = lo else { return self.packed.scope.poison(ty) };
        self.left.replace(lo);
        let part = self.packed.slice(lo, ty.width.max(1));
        if ty.signed {
            part.as_signed()
        } else {
            part
        }
    }
}

/// Zeros of the right types.
struct Anything<'m> {
    scope: &'m Scope,
}

impl<'m> Maker<'m> for Anything<'m> {
    fn scope(&self) -> &'m Scope {
        self.scope
    }

    fn make(&self, _: &str, ty: Ty, _: bool) -> Sig<'m> {
        self.scope.poison(ty)
    }
}

impl<'m> Ports<'_, 'm> {
    /// A bundle that the component receives: its fields are inputs, those that flow back outputs.
    /// The ports are called `NAME_FIELD`.
    #[track_caller]
    pub fn input_bundle<B: Bundle>(&self, name: impl AsRef<str>, of: &B) -> BundleSig<'m, B> {
        self.bundle(name.as_ref(), of, Dir::Input)
    }

    /// A bundle that the component sends: its fields are outputs, those that flow back inputs.
    #[track_caller]
    pub fn output_bundle<B: Bundle>(&self, name: impl AsRef<str>, of: &B) -> BundleSig<'m, B> {
        self.bundle(name.as_ref(), of, Dir::Output)
    }

    #[track_caller]
    fn bundle<B: Bundle>(&self, name: &str, of: &B, forward: Dir) -> BundleSig<'m, B> {
        let maker = AsPorts { ports: self, forward };
        if self.is_inside() {
            return self.scope().bundle(name, of, &maker);
        }
        // Seen from outside, everything is placed at the instance already.
        BundleSig { made: Rc::new(self.scope().fill(name, of, &maker)) }
    }
}

impl Scope {
    /// A wire for each field, called `NAME_FIELD`; all must be driven.
    #[track_caller]
    pub fn bundle_wire<B: Bundle>(&self, name: impl AsRef<str>, of: &B) -> BundleSig<'_, B> {
        self.bundle(name.as_ref(), of, &AsState { scope: self, kind: Kind::Wire })
    }

    /// A register for each field, called `NAME_FIELD`, with reset value 0.
    #[track_caller]
    pub fn bundle_reg<B: Bundle>(&self, name: impl AsRef<str>, of: &B) -> BundleSig<'_, B> {
        self.bundle(name.as_ref(), of, &AsState { scope: self, kind: Kind::Reg })
    }

    /// A register without reset for each field.
    #[track_caller]
    pub fn bundle_reg_no_reset<B: Bundle>(
        &self,
        name: impl AsRef<str>,
        of: &B,
    ) -> BundleSig<'_, B> {
        self.bundle(name.as_ref(), of, &AsState { scope: self, kind: Kind::RegNoReset })
    }

    /// `on_true` when `sel` is 1, else `on_false`, field by field. E0014 when some fields flow back.
    #[track_caller]
    pub fn bundle_mux<'m, B: Bundle>(
        &'m self,
        sel: Sig<'m>,
        on_true: &BundleSig<'m, B>,
        on_false: &BundleSig<'m, B>,
    ) -> BundleSig<'m, B> {
        if !on_true.fits("bundle_mux", on_false) || !on_true.flows_forward("bundle_mux") {
            return on_true.clone();
        }
        let mut values = Vec::new();
        for (a, b) in on_true.made.leaves.iter().zip(&on_false.made.leaves) {
            values.push(self.mux(sel, a.sig, b.sig));
        }
        self.given(&on_true.made.of, values)
    }

    /// `items[index]`, field by field; an index beyond the list gives the last item. The items are
    /// bundles `of`. E0014 when some fields flow back.
    #[track_caller]
    pub fn bundle_select<'m, B: Bundle>(
        &'m self,
        of: &B,
        index: Sig<'m>,
        items: &[BundleSig<'m, B>],
    ) -> BundleSig<'m, B> {
        let Some(first) = items.first() else {
            self.error("`bundle_select` of an empty list; it needs at least one item");
            return self.bundle("", of, &Anything { scope: self });
        };
        for other in items {
            if !first.fits("bundle_select", other) {
                return first.clone();
            }
        }
        if !first.flows_forward("bundle_select") {
            return first.clone();
        }
        let mut values = Vec::new();
        for place in 0..first.made.leaves.len() {
            let column: Vec<Sig<'m>> = items.iter().map(|i| i.made.leaves[place].sig).collect();
            values.push(self.select(index, &column));
        }
        self.given(&first.made.of, values)
    }

    /// The bundle in the bits of `packed`, laid out as by [`BundleSig::pack`]; E0001 when there are more
    /// or fewer than [`Bundle::width`] says, E0014 when some fields flow back.
    #[track_caller]
    pub fn unpack<'m, B: Bundle>(&'m self, of: &B, packed: Sig<'m>) -> BundleSig<'m, B> {
        let fields = of.fields_alone();
        let width = forward_width(&fields);
        if let Some((name, ..)) = fields.iter().find(|(_, _, back)| *back) {
            self.refuse(Code::Parameter, flows_back("unpack", name), &[packed]);
            return self.bundle("", of, &Anything { scope: self });
        }
        if packed.width() != width {
            let message = format!("the bundle has {width} bits, the value is {}", packed.ty());
            self.refuse(Code::Type, message, &[packed]);
            return self.bundle("", of, &Anything { scope: self });
        }
        self.bundle("", of, &Parts { packed, left: RefCell::new(width) })
    }

    fn given<'m, B: Bundle>(&'m self, of: &B, values: Vec<Sig<'m>>) -> BundleSig<'m, B> {
        let given = Given { scope: self, values: RefCell::new(values.into_iter()) };
        BundleSig { made: Rc::new(self.fill("", of, &given)) }
    }

    /// Makes the fields of a bundle; what is made, and what is wrong with it, is placed at the caller's
    /// line.
    #[track_caller]
    fn bundle<'m, B: Bundle>(&self, name: &str, of: &B, maker: &dyn Maker<'m>) -> BundleSig<'m, B> {
        let (at, mark) = (Location::caller().into(), self.mark());
        let made = self.fill(name, of, maker);
        self.move_since(&mark, at);
        BundleSig { made: Rc::new(made) }
    }

    fn fill<'m, B: Bundle>(&self, name: &str, of: &B, maker: &dyn Maker<'m>) -> Made<'m, B> {
        let prefix = if name.is_empty() { String::new() } else { format!("{name}_") };
        fields_of(of, maker, prefix, false)
    }

    fn mark(&self) -> Mark {
        let state = self.state();
        let module = &state.module;
        Mark {
            ports: module.ports.len(),
            nodes: module.nodes.len(),
            regs: module.regs.len(),
            wires: module.wires.len(),
            targets: state.targets.len(),
            mistakes: self.context.mistakes.borrow().len(),
        }
    }

    /// Places everything made since `mark` at `at`; mistakes keep the line of the field as a note.
    fn move_since(&self, mark: &Mark, at: Loc) {
        let mut state = self.state_mut();
        state.targets.iter_mut().skip(mark.targets).for_each(|target| target.at = at);
        let module = &mut state.module;
        let mut names = Vec::new();
        for id in module.ports.keys().skip(mark.ports) {
            module.ports[id].at = at;
            names.push(module.ports[id].name.clone());
        }
        for id in module.regs.keys().skip(mark.regs) {
            module.regs[id].at = at;
            names.push(module.regs[id].name.clone());
        }
        for id in module.wires.keys().skip(mark.wires) {
            module.wires[id].at = at;
            names.push(module.wires[id].name.clone());
        }
        state.move_nodes(mark.nodes, at);
        for mistake in self.context.mistakes.borrow_mut().iter_mut().skip(mark.mistakes) {
            // A name that was taken before belongs to the other place.
            names.retain(|name| !mistake.message.contains(&format!("`{name}`")));
            mistake.notes.push(("the field is listed here".to_string(), Some(mistake.at)));
            mistake.at = at;
        }
        for name in names {
            state.names.insert(name, at);
        }
    }
}

/// How much of a module, and how many mistakes, there are.
struct Mark {
    ports: usize,
    nodes: usize,
    regs: usize,
    wires: usize,
    targets: usize,
    mistakes: usize,
}

impl<'m, B: Bundle> BundleSig<'m, B> {
    /// The parameters.
    pub fn of(&self) -> &B {
        &self.made.of
    }

    /// Drives the fields of this bundle (ports of the module that flow out, those of an instance that
    /// flow in, wires, registers) from those of `from`, and the fields of `from` that flow back from
    /// those of this one. E0001 when the fields differ.
    #[track_caller]
    pub fn connect(&self, from: &BundleSig<'m, B>) {
        if !self.fits("connect", from) {
            return;
        }
        for (to, from) in self.made.leaves.iter().zip(&from.made.leaves) {
            if to.back {
                from.sig.set(to.sig);
            } else {
                to.sig.set(from.sig);
            }
        }
    }

    /// All fields side by side, the first the most significant, unsigned; E0014 when some flow back.
    #[track_caller]
    pub fn pack(&self) -> Sig<'m> {
        let m = self.made.scope;
        if !self.flows_forward("pack") {
            return m.poison(Ty::uint(self.made.of.width()));
        }
        let fields: Vec<Sig<'m>> = self.made.leaves.iter().map(|leaf| leaf.sig).collect();
        m.cat(&fields)
    }

    /// Whether no field flows back; reports the first that does.
    #[track_caller]
    fn flows_forward(&self, what: &str) -> bool {
        let Some(leaf) = self.made.leaves.iter().find(|leaf| leaf.back) else { return true };
        self.made.scope.refuse(Code::Parameter, flows_back(what, &leaf.name), &[leaf.sig]);
        false
    }

    /// Whether both have the same fields; reports the first difference.
    #[track_caller]
    fn fits(&self, what: &str, other: &BundleSig<'m, B>) -> bool {
        let (these, those) = (&self.made.leaves, &other.made.leaves);
        let same = |(a, b): &(&Leaf<'m>, &Leaf<'m>)| a.name == b.name && a.sig.ty() == b.sig.ty();
        if these.len() == those.len() && these.iter().zip(those).all(|pair| same(&pair)) {
            return true;
        }
        let m = self.made.scope;
        let message = match these.iter().zip(those).find(|pair| !same(pair)) {
            Some((a, b)) if a.name == b.name => {
                let (name, here, there) = (&a.name, a.sig.ty(), b.sig.ty());
                let message =
                    format!("`{what}` of bundles whose field `{name}` is {here} and {there}");
                m.refuse(Code::Type, message, &[a.sig, b.sig]);
                return false;
            }
            Some((a, b)) => format!("the one has `{}` where the other has `{}`", a.name, b.name),
            None => format!("the one has {} fields, the other {}", these.len(), those.len()),
        };
        m.refuse(Code::Type, format!("`{what}` of bundles that differ: {message}"), &[]);
        false
    }
}

/// Why `what` cannot be had of a bundle with `field`.
fn flows_back(what: &str, field: &str) -> String {
    format!(
        "`{what}` of a bundle whose field `{field}` flows back; put the fields that flow forward into a \
         bundle of their own"
    )
}

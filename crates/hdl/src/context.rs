//! What all scopes of one elaboration share: the design so far, the cache of components, the mistakes.

use crate::module::{Module, Settings};
use crate::ports::Ports;
use crate::scope::Scope;
use seedbed_ir::{Code, Design, Diagnostic, Loc, ModuleId, PortId};
use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};
use std::collections::hash_map::DefaultHasher;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// Nesting beyond this is taken for a component that instantiates itself with growing parameters.
const MAX_DEPTH: usize = 200;

/// A component value and its module; `None` while it is being built.
type CacheEntry = (Box<dyn Any>, Option<ModuleId>);

/// The shared state of one elaboration.
pub(crate) struct Context {
    pub(crate) settings: Settings,
    pub(crate) design: RefCell<Design>,
    pub(crate) mistakes: RefCell<Vec<Diagnostic>>,
    /// The `clk` and reset ports of each module, where the library added them.
    pub(crate) clocking: RefCell<Vec<(Option<PortId>, Option<PortId>)>>,
    cache: RefCell<HashMap<(TypeId, u64), Vec<CacheEntry>>>,
    names: RefCell<HashMap<String, String>>,
    /// Where the instance of each path was made, for paths whose module was built for them.
    instances: RefCell<HashMap<String, Loc>>,
}

impl Context {
    /// Elaborates `top`: the design, which may be incomplete when there are mistakes, the mistakes, and
    /// where the instance of each path was made.
    pub(crate) fn run<M: Module>(
        top: &M,
        settings: &Settings,
        at: Loc,
    ) -> (Design, Vec<Diagnostic>, HashMap<String, Loc>) {
        let context = Rc::new(Context::new(settings));
        context.module_of(top, &[], None, at);
        let design = context.design.take();
        let mistakes = context.mistakes.take();
        (design, mistakes, context.instances.take())
    }

    fn new(settings: &Settings) -> Self {
        Context {
            settings: settings.clone(),
            design: RefCell::default(),
            mistakes: RefCell::default(),
            clocking: RefCell::default(),
            cache: RefCell::default(),
            names: RefCell::default(),
            instances: RefCell::default(),
        }
    }

    /// A module that is part of no design, to try something in.
    pub(crate) fn scratch() -> Scope {
        let context = Rc::new(Context::new(&Settings::default()));
        Scope::new(context, Vec::new(), String::new(), String::new())
    }

    /// The module of component `value`, built now if this is its first use, for the instance `name`
    /// (the top has none) in the module at `parent`. `None` when the component contains itself.
    pub(crate) fn module_of<M: Module>(
        self: &Rc<Self>,
        value: &M,
        parent: &[String],
        name: Option<&str>,
        at: Loc,
    ) -> Option<ModuleId> {
        let key = (TypeId::of::<M>(), hash_of(value));
        match self.cached(key, value) {
            Some(Some(id)) => return Some(id),
            Some(None) => return self.refuse_recursion(value, parent, at),
            None if parent.len() > MAX_DEPTH => return self.refuse_recursion(value, parent, at),
            None => {}
        }
        self.cache.borrow_mut().entry(key).or_default().push((Box::new(value.clone()), None));
        let path: Vec<String> = parent.iter().cloned().chain(name.map(String::from)).collect();
        if name.is_some() {
            self.instances.borrow_mut().insert(path.join("."), at);
        }
        let id = self.build(value, path, at);
        for (other, slot) in self.cache.borrow_mut().get_mut(&key).into_iter().flatten() {
            if other.downcast_ref::<M>() == Some(value) {
                *slot = Some(id);
            }
        }
        Some(id)
    }

    fn cached<M: Module>(&self, key: (TypeId, u64), value: &M) -> Option<Option<ModuleId>> {
        let cache = self.cache.borrow();
        let entries = cache.get(&key)?;
        let hit = entries.iter().find(|(other, _)| other.downcast_ref::<M>() == Some(value))?;
        Some(hit.1)
    }

    fn build<M: Module>(self: &Rc<Self>, value: &M, path: Vec<String>, at: Loc) -> ModuleId {
        let name = value.name();
        let path = if path.is_empty() { vec![name.clone()] } else { path };
        self.claim_name(&name, value, &path, at);
        let scope = Scope::new(self.clone(), path, name, value.doc());
        let io = value.io(&Ports::inside(&scope, &Cell::new(0)));
        value.build(&scope, io);
        let (module, clocking) = scope.finish();
        self.clocking.borrow_mut().push(clocking);
        self.design.borrow_mut().modules.push(module)
    }

    /// Different components must not share a module name.
    fn claim_name<M: Module>(&self, name: &str, value: &M, path: &[String], at: Loc) {
        let value = format!("{value:?}");
        let message = if let Some(problem) = seedbed_ir::name::problem(name) {
            format!("the module name `{name}` {problem}")
        } else if let Some(first) = self.names.borrow().get(name) {
            format!(
                "two components are called `{name}`: `{first}` and `{value}`; \
                 let `name()` contain every parameter in which they differ"
            )
        } else {
            String::new()
        };
        if message.is_empty() {
            self.names.borrow_mut().insert(name.to_string(), value);
        } else {
            self.report(Code::Name, message, at, Vec::new(), path);
        }
    }

    fn refuse_recursion<M: Module>(&self, value: &M, path: &[String], at: Loc) -> Option<ModuleId> {
        let message =
            format!("`{value:?}` contains itself; a component needs an end to its nesting");
        let path = &path[..path.len().min(8)];
        self.report(Code::Parameter, message, at, Vec::new(), path);
        None
    }

    /// Records a mistake.
    pub(crate) fn report(
        &self,
        code: Code,
        message: String,
        at: Loc,
        notes: Vec<(String, Option<Loc>)>,
        path: &[String],
    ) {
        let path = path.join(".");
        self.mistakes.borrow_mut().push(Diagnostic { code, message, at, notes, path });
    }
}

fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

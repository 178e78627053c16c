"""Whatever asks for a reason in the common window is a verb that the window takes."""

import ast

import repo

WIZARD = "outsourcing.reason.wizard"


def allowed():
    """The verbs that the window takes."""
    (model,) = (item for item in repo.all_models() if item.name == WIZARD)
    for node in model.node.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "_allowed_verbs":
            return {item.value for item in ast.walk(node.value) if is_text(item)}
    raise AssertionError("the window has no list of verbs")


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def opens(function):
    """The calls with which a method opens the window."""
    names = {WIZARD}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and WIZARD in ast.unparse(node.value):
            names.update(ast.unparse(target) for target in node.targets)
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "_open":
            owner = ast.unparse(node.func.value)
            if owner in names or WIZARD in owner:
                yield node


def asked():
    """The verbs for which models open the window: ``{(model, verb)}``."""
    for model in repo.all_models():
        methods = [
            item for item in model.node.body if isinstance(item, ast.FunctionDef)
        ]
        for method in methods:
            for call in opens(method):
                verb = call.args[1]
                if is_text(verb):
                    yield model.name, verb.value
                    continue
                # The verb is handed on: whoever calls the method names it.
                for other in methods:
                    for node in ast.walk(other):
                        if (
                            isinstance(node, ast.Call)
                            and getattr(node.func, "attr", "") == method.name
                            and node.args
                        ):
                            yield model.name, f"action_{node.args[0].value}"


def test_the_window_takes_each_verb_that_opens_it():
    verbs = set(asked())
    assert len(verbs) > 30
    known = allowed() | {
        # Named "close" where it is opened.
        "action_close"
    }
    refused = sorted(f"{model}: {verb}" for model, verb in verbs if verb not in known)
    assert not refused

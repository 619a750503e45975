package org.softmin.tensor.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Writes the body of a compiled method into generated code.
 *
 * <p>HotSpot stops inlining calls (all but those of the Vector API) in a method that has grown beyond some 40 vector
 * operations, and then a vector that crosses a call becomes an object. So the functions of {@link VectorFloatMath} are
 * inlined here, instruction by instruction: they have one vector as parameter and no jumps.
 */
final class Inline {
    private final Map<String, MethodModel> methods = new HashMap<>();

    /** The static methods of {@code owner}, read from its class file. */
    Inline(Class<?> owner) {
        String name = owner.getSimpleName() + ".class";
        try (InputStream in = Objects.requireNonNull(owner.getResourceAsStream(name), name)) {
            ClassModel model = ClassFile.of().parse(in.readAllBytes());
            model.methods().forEach(method -> methods.put(method.methodName().stringValue(), method));
        } catch (IOException e) {
            throw new UncheckedIOException("inline: cannot read " + name + " of Softmin itself", e);
        }
    }

    /** Leaves the result of {@code method}, applied to the vector in the local {@code argument}, on the stack. */
    void call(CodeBuilder code, String method, int argument) {
        Map<Integer, Integer> slots = new HashMap<>(Map.of(0, argument));
        for (CodeElement element :
                Objects.requireNonNull(methods.get(method), method).code().orElseThrow()) {
            switch (element) {
                case LoadInstruction load ->
                    code.loadLocal(load.typeKind(), Objects.requireNonNull(slots.get(load.slot())));
                case StoreInstruction store ->
                    code.storeLocal(
                            store.typeKind(),
                            slots.computeIfAbsent(store.slot(), s -> code.allocateLocal(TypeKind.REFERENCE)));
                case ReturnInstruction end -> {}
                case Instruction instruction -> code.with(instruction);
                default -> {} // line numbers and the like
            }
        }
    }
}

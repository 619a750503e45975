/** Gradients of tensor programs, as tensor programs. */
module org.softmin.autograd {
    exports org.softmin.autograd;

    requires transitive org.softmin.tensor;
    requires static org.jspecify;
}

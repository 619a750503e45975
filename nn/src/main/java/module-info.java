/** Layers, losses, optimisers and training steps. */
module org.softmin.nn {
    exports org.softmin.nn;

    requires transitive org.softmin.autograd;
    requires static org.jspecify;
}

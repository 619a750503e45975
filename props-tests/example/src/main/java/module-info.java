/** An application with Softmin in it. */
module example {
    requires org.softmin.nn;

    // Softmin reads the components of model records.
    opens example to
            org.softmin.nn;
}
